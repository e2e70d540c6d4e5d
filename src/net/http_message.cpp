#include "net/http_message.hpp"

#include "net/ascii.hpp"
#include "proto/problem.hpp"

namespace weir::net {
namespace {

/// Whether a range of an Accept field is refused: `;q=0`, `;q=0.000` (RFC 9110, 12.4.2).
bool has_zero_weight(std::string_view range) {
  for (std::size_t at = range.find(';'); at != std::string_view::npos;) {
    const std::size_t end = range.find(';', at + 1);
    const std::string_view parameter = trim(range.substr(at + 1, end - at - 1));
    if (parameter.size() > 2 && (parameter[0] == 'q' || parameter[0] == 'Q') &&
        parameter[1] == '=') {
      return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
    }
    at = end;
  }
  return false;
}

}  // namespace

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equal_ignoring_case(field, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : fields_) {
    if (equal_ignoring_case(field, name)) values.emplace_back(value);
  }
  return values;
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  for (const auto& [field, value] : fields_) {
    if (!equal_ignoring_case(field, name)) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = rest.find(',');
      if (equal_ignoring_case(trim(rest.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

bool Headers::accepts(std::string_view media_type) const {
  const std::string_view type = media_type.substr(0, media_type.find('/'));
  int specific = -1;
  bool accepted = true;
  for (const auto& [field, value] : fields_) {
    if (!equal_ignoring_case(field, "accept")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view range = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const std::string_view name = trim(range.substr(0, range.find(';')));
      const std::size_t slash = std::min(name.find('/'), name.size());
      int rank = -1;
      if (equal_ignoring_case(name, media_type)) {
        rank = 2;
      } else if (name == "*/*") {
        rank = 0;
      } else if (name.substr(slash) == "/*" && equal_ignoring_case(name.substr(0, slash), type)) {
        rank = 1;
      }
      if (specific < 0) accepted = false;  // There is a list, and it decides.
      if (rank < specific || rank < 0) continue;
      specific = rank;
      accepted = !has_zero_weight(range);
    }
  }
  return accepted;
}

Response problem_response(const base::Error& error) {
  const base::ErrorInfo& row = base::info(error.code);
  Response response;
  // An error that is never meant for the wire (status 0) is the server's own fault if it gets here.
  response.status = row.http_status == 0 ? 500 : row.http_status;
  response.set("Content-Type", "application/problem+json");
  response.set("Cache-Control", "no-store");
  if (row.retryable) response.set("Retry-After", "2");
  response.body = proto::problem_json(error) + "\n";
  return response;
}

Response refusal_response(const base::Error& error) {
  Response response = problem_response(error);
  if (error.code == base::ErrorCode::kMethodNotAllowed) {
    response.set("Allow", "GET, HEAD, POST, DELETE, OPTIONS");
  }
  return response;
}

}  // namespace weir::net
