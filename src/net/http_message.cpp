#include "net/http_message.hpp"

#include "net/ascii.hpp"
#include "proto/problem.hpp"

namespace weir::net {

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

Response problem_response(const base::Error& error) {
  const base::ErrorInfo& row = base::info(error.code);
  Response response;
  // An error that is never meant for the wire (status 0) is the server's own fault if it gets here.
  response.status = row.http_status == 0 ? 500 : row.http_status;
  response.set("Content-Type", "application/problem+json");
  response.set("Cache-Control", "no-store");
  if (row.retryable) response.set("Retry-After", "2");
  response.body = proto::problem_json(error);
  return response;
}

}  // namespace weir::net
