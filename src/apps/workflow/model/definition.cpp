#include "apps/workflow/model/definition.hpp"

#include <algorithm>
#include <cmath>

namespace weir::apps::workflow {

bool is_id(std::string_view text) {
  const auto begins = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kIdBytesMax && begins(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return begins(c) || c == '_' || c == '-'; });
}

std::chrono::milliseconds retry_delay(const Retry& retry, std::uint32_t attempt, double random) {
  if (attempt < 2) return std::chrono::milliseconds(0);
  const double doubled =
      static_cast<double>(retry.backoff.count()) * std::exp2(static_cast<double>(attempt - 2));
  const double delay = std::min(doubled, static_cast<double>(retry.max_delay.count()));
  return std::chrono::milliseconds(std::llround(delay * (1 - retry.jitter * random)));
}

std::optional<std::uint32_t> Definition::index_of(std::string_view node_id) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const Node& node) { return node.id == node_id; });
  if (found == nodes.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - nodes.begin());
}

const Node* Definition::find(std::string_view path) const {
  const std::size_t slash = path.find('/');
  const auto index = index_of(path.substr(0, slash));
  if (!index) return nullptr;
  const Node& node = nodes[*index];
  if (slash == std::string_view::npos) return &node;
  const auto key = path.substr(slash + 1);
  if (node.kind == NodeKind::kForeach) {
    const bool number =
        !key.empty() && key.find_first_not_of("0123456789") == std::string_view::npos;
    return number && !node.children.empty() ? &node.children.front() : nullptr;
  }
  const auto child = std::find_if(node.children.begin(), node.children.end(),
                                  [&](const Node& each) { return each.id == key; });
  return child == node.children.end() ? nullptr : &*child;
}

}  // namespace weir::apps::workflow
