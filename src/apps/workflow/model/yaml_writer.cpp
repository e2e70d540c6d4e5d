#include "apps/workflow/model/yaml_writer.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "apps/workflow/model/json_members.hpp"
#include "apps/workflow/model/yaml_scalar.hpp"
#include "proto/json.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

constexpr std::size_t kIndent = 2;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

/// Whether the text is itself as a plain scalar of a block: no indicator at its beginning, nothing
/// in it that ends it.
bool is_plain(std::string_view text) {
  constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`. \t~<=";
  if (text.empty() || !is_plain_string(text)) return false;
  if (kIndicators.find(text.front()) != std::string_view::npos || text.back() == ' ') return false;
  if (text.back() == ':' || text.find(": ") != std::string_view::npos) return false;
  if (text.find(" #") != std::string_view::npos) return false;
  return std::none_of(text.begin(), text.end(), is_control);
}

/// Whether the text can be a literal block: several lines, none that a reader would take otherwise.
bool is_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n' ||
      text.front() == '\t') {
    return false;
  }
  // More than one line end at the end would need an indicator of its own.
  if (text.ends_with("\n\n") || text.ends_with(" \n")) return false;
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return is_control(c) && c != '\n' && c != '\t'; });
}

class YamlWriter {
 public:
  std::string run(const json::value& value) {
    block(value, 0);
    return std::move(out_);
  }

 private:
  static bool is_empty(const json::value& value) {
    return (value.is_array() && value.get_array().empty()) ||
           (value.is_object() && value.get_object().empty());
  }

  void indent(std::size_t depth) { out_.append(depth * kIndent, ' '); }

  /// A value from the beginning of a line.
  void block(const json::value& value, std::size_t depth) {
    if (is_empty(value) || !value.is_structured()) {
      indent(depth);
      return scalar(value, depth);
    }
    if (const auto* object = value.if_object()) {
      for (const auto& each : *object) member(each, depth, true);
      return;
    }
    for (const auto& each : value.get_array()) element(each, depth);
  }

  /// `new_line`: what stands before it is to be written first.
  void member(const json::key_value_pair& each, std::size_t depth, bool new_line) {
    if (new_line) indent(depth);
    text(view(each.key()));
    out_ += ':';
    if (each.value().is_structured() && !is_empty(each.value())) {
      out_ += '\n';
      block(each.value(), depth + 1);
    } else {
      out_ += ' ';
      scalar(each.value(), depth + 1);
    }
  }

  void element(const json::value& value, std::size_t depth) {
    indent(depth);
    const auto* object = value.if_object();
    if (object != nullptr && !object->empty()) {
      // The first member stands behind the hyphen.
      out_ += "- ";
      bool first = true;
      for (const auto& each : *object) member(each, depth + 1, !std::exchange(first, false));
    } else if (value.is_array() && !value.get_array().empty()) {
      out_ += "-\n";
      block(value, depth + 1);
    } else {
      out_ += "- ";
      scalar(value, depth + 1);
    }
  }

  /// One that ends its line. `depth` is that of a block's lines.
  void scalar(const json::value& value, std::size_t depth) {
    const auto* string = value.if_string();
    if (string == nullptr) {
      out_ += json::serialize(value);
    } else if (is_block(view(*string)) && depth > 0) {
      return literal(view(*string), depth);
    } else {
      text(view(*string));
    }
    out_ += '\n';
  }

  void text(std::string_view text) {
    if (is_plain(text)) {
      out_ += text;
    } else {
      proto::append_json_string(out_, text);
    }
  }

  void literal(std::string_view text, std::size_t depth) {
    const bool ended = text.ends_with('\n');
    out_ += ended ? "|\n" : "|-\n";
    if (ended) text.remove_suffix(1);
    for (;;) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      if (end > 0) {
        indent(depth);
        out_ += text.substr(0, end);
      }
      out_ += '\n';
      if (end == text.size()) return;
      text.remove_prefix(end + 1);
    }
  }

  std::string out_;
};

}  // namespace

std::string yaml_text(const json::value& value) { return YamlWriter().run(value); }

}  // namespace weir::apps::workflow
