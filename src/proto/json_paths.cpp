#include "proto/json_paths.hpp"

#include <algorithm>

namespace weir::proto {
namespace {

template <typename Steps, typename Key>
auto find_step(Steps& steps, const Key& key) {
  return std::lower_bound(steps.begin(), steps.end(), key,
                          [](const auto& entry, const auto& k) { return entry.first < k; });
}

/// Spares a text that cannot be JSON the reader's search for what exactly is wrong with it.
bool may_be_json(std::string_view text) {
  const auto at = text.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos &&
         std::string_view("{[\"-0123456789tfn").find(text[at]) != std::string_view::npos;
}

}  // namespace

/// One pass over a text. A member that comes twice counts as it came last, with all that lies in
/// it; so each visit of a node is numbered, and what was found under an earlier visit of any node
/// above it does not count. That takes a comparison per step, however often a name repeats.
class JsonPaths::Walk {
 public:
  Walk(const JsonPaths& paths, std::string_view text, Values& values)
      : paths_(paths), reader_(text, kDepthMax), values_(values), visits_(paths.nodes_.size()) {}

  bool run() {
    if (!visit(0, 0) || !reader_.expect_end()) return false;
    for (std::uint32_t node = 0; node < visits_.size(); ++node) {
      if (const auto slot = paths_.nodes_[node].slot; slot && !counts(node)) {
        values_[*slot].reset();
      }
    }
    return true;
  }

 private:
  struct Visit {
    std::uint64_t number = 0;
    std::uint64_t above = 0;  ///< That of the node above during this one.
  };

  bool visit(std::uint32_t index, std::uint64_t above) {
    const auto& node = paths_.nodes_[index];
    visits_[index] = {++number_, above};
    if (node.slot) values_[*node.slot].reset();
    const char next = reader_.peek();
    if (next == '{' && !node.names.empty()) return members(node, number_);
    if (next == '[' && !node.indices.empty()) return elements(node, number_);
    if (!node.slot) return skip();
    auto value = reader_.value();
    if (!value) return false;
    values_[*node.slot] = std::move(value->content);
    return true;
  }

  bool members(const Node& node, std::uint64_t visit_number) {
    if (node.slot) values_[*node.slot] = JsonValue::Composite{};
    reader_.take('{');
    if (reader_.take('}')) return true;
    for (;;) {
      const auto name = reader_.name();
      if (!name) return false;
      const auto at = find_step(node.names, *name);
      const bool wanted = at != node.names.end() && at->first == *name;
      if (!(wanted ? visit(at->second, visit_number) : skip())) return false;
      const auto more = reader_.more('}');
      if (!more) return false;
      if (!*more) return true;
    }
  }

  bool elements(const Node& node, std::uint64_t visit_number) {
    if (node.slot) values_[*node.slot] = JsonValue::Composite{};
    reader_.take('[');
    if (reader_.take(']')) return true;
    auto wanted = node.indices.begin();
    for (std::uint32_t index = 0;; ++index) {
      const bool here = wanted != node.indices.end() && wanted->first == index;
      if (!(here ? visit((wanted++)->second, visit_number) : skip())) return false;
      const auto more = reader_.more(']');
      if (!more) return false;
      if (!*more) return true;
    }
  }

  bool skip() { return reader_.skip().has_value(); }

  bool counts(std::uint32_t node) const {
    for (; node != 0; node = paths_.nodes_[node].parent) {
      if (visits_[node].above != visits_[paths_.nodes_[node].parent].number) return false;
    }
    return true;
  }

  const JsonPaths& paths_;
  JsonReader reader_;
  Values& values_;
  std::vector<Visit> visits_;
  std::uint64_t number_ = 0;
};

template <typename Key>
std::uint32_t JsonPaths::step(std::vector<std::pair<Key, std::uint32_t>> Node::* steps,
                              std::uint32_t from, const Key& key) {
  auto& known = nodes_[from].*steps;
  const auto at = find_step(known, key);
  if (at != known.end() && at->first == key) return at->second;
  const auto made = static_cast<std::uint32_t>(nodes_.size());
  known.insert(at, {key, made});
  nodes_.emplace_back().parent = from;
  return made;
}

std::uint32_t JsonPaths::add(std::span<const JsonStep> path) {
  std::uint32_t node = 0;
  for (const auto& each : path) {
    if (const auto* name = std::get_if<std::string>(&each)) {
      node = step(&Node::names, node, *name);
    } else {
      node = step(&Node::indices, node, std::get<std::uint32_t>(each));
    }
  }
  if (!nodes_[node].slot) nodes_[node].slot = slots_++;
  return *nodes_[node].slot;
}

bool JsonPaths::read(std::string_view text, Values& values) const {
  values.assign(slots_, std::nullopt);
  if (may_be_json(text) && Walk(*this, text, values).run()) return true;
  values.assign(slots_, std::nullopt);
  return false;
}

}  // namespace weir::proto
