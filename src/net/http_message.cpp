#include "net/http_message.hpp"

#include "net/ascii.hpp"
#include "proto/problem.hpp"

namespace weir::net {
namespace {

constexpr int kWholeWeight = 1000;

/// Of a range of an Accept field, in thousandths: `;q=0.5` is 500 (RFC 9110, 12.4.2). A weight that
/// is not valid counts as none given.
int weight_of(std::string_view range) {
  for (std::size_t at = range.find(';'); at != std::string_view::npos;) {
    const std::size_t end = range.find(';', at + 1);
    const std::string_view parameter = trim(range.substr(at + 1, end - at - 1));
    at = end;
    if (parameter.size() < 3 || !equal_ignoring_case(parameter.substr(0, 2), "q=")) continue;
    const std::string_view digits = parameter.substr(2);
    if (digits[0] != '0' || (digits.size() > 1 && digits[1] != '.')) return kWholeWeight;
    int weight = 0;
    for (std::size_t i = 2, unit = 100; i < digits.size() && unit > 0; ++i, unit /= 10) {
      if (digits[i] < '0' || digits[i] > '9') return kWholeWeight;
      weight += static_cast<int>(unit) * (digits[i] - '0');
    }
    return weight;
  }
  return kWholeWeight;
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

Headers::Preference Headers::preference(std::string_view media_type) const {
  const std::string_view type = media_type.substr(0, media_type.find('/'));
  int specific = -1;
  Preference preference{kWholeWeight, 0};
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
      if (specific < 0) preference = {};  // There is a list, and it decides.
      if (rank < specific || rank < 0) continue;
      specific = rank;
      preference = {weight_of(range), rank};
    }
  }
  return preference;
}

int Headers::coding_weight(std::string_view coding) const {
  int weight = 0;
  for (const auto& [field, value] : fields_) {
    if (!equal_ignoring_case(field, "accept-encoding")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view range = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const std::string_view name = trim(range.substr(0, range.find(';')));
      if (equal_ignoring_case(name, coding)) return weight_of(range);
      if (name == "*") weight = weight_of(range);  // Of what is not listed.
    }
  }
  return weight;
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
