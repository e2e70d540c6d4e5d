#include "apps/workflow/model/schema_formats.hpp"

#include <fmt/format.h>

#include "apps/workflow/model/definition.hpp"
#include "apps/workflow/model/template.hpp"
#include "base/units.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

/// One `@` with something on both sides and no space: whether there is such a mailbox, only mail
/// tells.
bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos &&
         text.find_first_of(" \t\r\n") == std::string_view::npos;
}

/// A scheme and a colon (RFC 3986, 3.1), and no space.
bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text.front())) return false;
  for (const char c : text.substr(0, colon)) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return false;
  }
  return text.find_first_of(" \t\r\n") == std::string_view::npos;
}

template <typename Read>
std::string reason(const Read& read) {
  return read ? std::string() : read.error().detail;
}

}  // namespace

std::string format_problem(std::string_view format, std::string_view text) {
  const auto unless = [&](bool good, std::string_view what) {
    return good ? std::string() : fmt::format("\"{}\" is no {}", text, what);
  };
  if (format == "weir-id") {
    return is_id(text) ? std::string()
                       : fmt::format(
                             "an id has 1 to {} of a to z, 0 to 9, _ and -, and begins with "
                             "a letter or a digit",
                             kIdBytesMax);
  }
  if (format == "weir-duration") return reason(base::parse_duration(text));
  if (format == "weir-bytes") return reason(base::parse_bytes(text));
  if (format == "weir-condition") {
    return holds_expression(text) ? std::string() : "a condition is an expression: ${{ … }}";
  }
  if (format == "date-time") {
    return unless(proto::parse_rfc3339(text).has_value(), "date-time of RFC 3339");
  }
  if (format == "date") {
    return unless(proto::parse_rfc3339(fmt::format("{}T00:00:00Z", text)).has_value(),
                  "date such as 2024-05-01");
  }
  if (format == "time") {
    return unless(proto::parse_rfc3339(fmt::format("2024-01-01T{}Z", text)).has_value() ||
                      proto::parse_rfc3339(fmt::format("2024-01-01T{}", text)).has_value(),
                  "time such as 12:30:00");
  }
  if (format == "email") return unless(is_email(text), "address of mail");
  if (format == "uri") return unless(is_uri(text), "URI");
  return {};
}

}  // namespace weir::apps::workflow
