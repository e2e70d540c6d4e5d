#include "proto/field_mask.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "proto/expression_text.hpp"
#include "proto/json.hpp"
#include "proto/json_reader.hpp"

namespace weir::proto {
namespace {

constexpr std::size_t kDepthMax = 64;

template <typename Children>
auto find_child(Children& children, std::string_view name) {
  const auto at = std::lower_bound(children.begin(), children.end(), name,
                                   [](const auto& child, auto n) { return child.name < n; });
  return at != children.end() && at->name == name ? at : children.end();
}

base::Result<std::string> read_name(ExpressionText& text) {
  const auto name = text.name();
  if (name.empty()) return text.wrong("expected a name", text.at());
  return std::string(name);
}

base::Result<std::string> read_bracketed(ExpressionText& text) {
  const char quote = text.peek();
  if (quote != '"' && quote != '\'') return text.wrong("expected a name in quotes");
  auto name = text.quoted();
  if (!name) return name;
  if (!text.take("]")) return text.wrong("expected ]");
  return name;
}

base::Result<std::vector<std::string>> read_path(ExpressionText& text) {
  std::vector<std::string> path;
  text.peek();
  for (;;) {
    const std::size_t at = text.at();
    const bool bracketed = text.take_adjacent('[');
    if (!bracketed && !path.empty() && !text.take_adjacent('.')) return path;
    auto step = bracketed ? read_bracketed(text) : read_name(text);
    if (!step) return step.error();
    if (path.size() == FieldMask::kPathStepsMax) {
      return text.wrong(fmt::format("a path has at most {} steps", FieldMask::kPathStepsMax), at);
    }
    path.push_back(std::move(*step));
  }
}

}  // namespace

/// Copies what is kept while it reads. What it cannot read leaves nothing, so that a mask never
/// lets pass what it could not look at.
class FieldMask::Projection {
 public:
  Projection(std::string_view data, std::string& out) : reader_(data, kDepthMax), out_(out) {}

  bool run(const Node& root) {
    const char next = reader_.peek();
    return (next == '{' || next == '[') && composite(root, 0) && reader_.expect_end().has_value();
  }

 private:
  /// Of an object its kept members, of an array its objects and arrays.
  bool composite(const Node& node, std::size_t depth) {
    if (depth > kDepthMax) return false;
    const bool is_object = reader_.take('{');
    if (!is_object) reader_.take('[');
    const char close = is_object ? '}' : ']';
    out_.push_back(is_object ? '{' : '[');
    bool first = true;
    if (!reader_.take(close)) {
      for (;;) {
        if (!(is_object ? member(node, depth, first) : element(node, depth, first))) return false;
        const auto more = reader_.more(close);
        if (!more) return false;
        if (!*more) break;
      }
    }
    out_.push_back(close);
    return true;
  }

  bool member(const Node& node, std::size_t depth, bool& first) {
    const auto name = reader_.name_with_bytes();
    if (!name) return false;
    const auto child = find_child(node.children, name->text);
    if (child == node.children.end()) return reader_.skip().has_value();
    const bool whole = child->node.whole;
    const char next = reader_.peek();
    // A path goes on where there is nothing to go on in.
    if (!whole && next != '{' && next != '[') return reader_.skip().has_value();
    separate(first);
    out_.append(name->bytes).push_back(':');
    if (!whole) return composite(child->node, depth + 1);
    const auto bytes = reader_.skip();
    if (bytes) out_.append(*bytes);
    return bytes.has_value();
  }

  bool element(const Node& node, std::size_t depth, bool& first) {
    const char next = reader_.peek();
    if (next != '{' && next != '[') return reader_.skip().has_value();
    separate(first);
    return composite(node, depth + 1);
  }

  void separate(bool& first) {
    if (!first) out_.push_back(',');
    first = false;
  }

  JsonReader reader_;
  std::string& out_;
};

base::Result<FieldMask> FieldMask::parse(std::string_view text) {
  if (text.size() > kBytesMax) {
    return base::make_error(base::ErrorCode::kBadFields,
                            fmt::format("it is longer than {} bytes", kBytesMax));
  }
  FieldMask mask;
  ExpressionText read(text, base::ErrorCode::kBadFields);
  std::size_t paths = 0;
  do {
    if (++paths > kPathsMax) return read.wrong(fmt::format("more than {} fields", kPathsMax));
    const auto path = read_path(read);
    if (!path) return path.error();
    mask.add(*path);
  } while (read.take(","));
  if (!read.at_end()) return read.wrong("expected a comma or the end");
  return mask;
}

void FieldMask::add(std::span<const std::string> path) {
  Node* node = &root_;
  for (const auto& name : path) {
    if (node->whole) return;
    auto at = find_child(node->children, name);
    if (at == node->children.end()) {
      const auto place =
          std::lower_bound(node->children.begin(), node->children.end(), name,
                           [](const auto& child, const auto& n) { return child.name < n; });
      at = node->children.insert(place, {name, Node{}});
    }
    node = &at->node;
  }
  node->whole = true;
  node->children.clear();
}

FieldMask::Node FieldMask::intersection(const Node& a, const Node& b) {
  if (a.whole) return b;
  if (b.whole) return a;
  Node both;
  for (const auto& [name, child] : a.children) {
    const auto other = find_child(b.children, name);
    if (other == b.children.end()) continue;
    Node common = intersection(child, other->node);
    // Nothing in common below: not even the name is kept.
    if (common.whole || !common.children.empty()) {
      both.children.push_back({name, std::move(common)});
    }
  }
  return both;
}

FieldMask FieldMask::intersection(const FieldMask& a, const FieldMask& b) {
  FieldMask both;
  both.root_ = intersection(a.root_, b.root_);
  return both;
}

void FieldMask::project(std::string_view data, std::string& out) const {
  const std::size_t before = out.size();
  if (Projection(data, out).run(root_)) return;
  out.resize(before);
  out.append("{}");
}

bool FieldMask::keeps(std::span<const std::string> path) const {
  const Node* node = &root_;
  for (const auto& name : path) {
    if (node->whole) return true;
    const auto at = find_child(node->children, name);
    if (at == node->children.end()) return false;
    node = &at->node;
  }
  return node->whole;
}

std::string FieldMask::path_text(std::span<const std::string> path) {
  std::string text;
  for (const auto& name : path) {
    ExpressionText plain(name, base::ErrorCode::kBadFields);
    if (!name.empty() && plain.name() == name) {
      if (!text.empty()) text.push_back('.');
      text.append(name);
    } else {
      text.push_back('[');
      append_json_string(text, name);
      text.push_back(']');
    }
  }
  return text;
}

void FieldMask::append_paths(const Node& node, std::vector<std::string>& path,
                             std::vector<std::string>& out) {
  if (node.whole) {
    out.push_back(path_text(path));
    return;
  }
  for (const auto& [name, child] : node.children) {
    path.push_back(name);
    append_paths(child, path, out);
    path.pop_back();
  }
}

std::vector<std::string> FieldMask::paths() const {
  std::vector<std::string> out;
  std::vector<std::string> path;
  append_paths(root_, path, out);
  return out;
}

std::string FieldMask::text() const { return fmt::format("{}", fmt::join(paths(), ",")); }

}  // namespace weir::proto
