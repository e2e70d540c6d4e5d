#include "client/problem.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>

namespace weir::client {
namespace {

using base::Error;
using base::ErrorCode;

std::string text_member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

std::optional<Error> read_problem(std::string_view json) {
  boost::system::error_code failed;
  const auto value = boost::json::parse({json.data(), json.size()}, failed);
  if (failed || !value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  const std::string name = text_member(object, "code");
  std::string detail = text_member(object, "detail");
  for (const base::ErrorInfo& row : base::error_table()) {
    if (row.name == name) return Error{row.code, std::move(detail)};
  }
  const std::string title = text_member(object, "title");
  if (title.empty()) return std::nullopt;
  return Error{ErrorCode::kNetwork, detail.empty() ? title : title + ": " + detail};
}

}  // namespace

Error problem_error(const ResponseHead& head, std::string_view body) {
  if (auto problem = read_problem(body)) return std::move(*problem);
  return Error{ErrorCode::kNetwork, fmt::format("the server answered with status {}", head.status)};
}

Error problem_error(std::string_view json) {
  if (auto problem = read_problem(json)) return std::move(*problem);
  return Error{ErrorCode::kNetwork, "the server refused it without saying why"};
}

}  // namespace weir::client
