#include "cli/workflow/workflow_client.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/signals.hpp"
#include "client/problem.hpp"
#include "proto/url.hpp"

namespace weir::cli {

namespace json = boost::json;
using base::Result;

WorkflowClient::WorkflowClient(const ServerAccess& server)
    : server_(server), client_(server.url, {}, &stop_signals(), server.connection) {}

Result<json::value> WorkflowClient::send(client::Request request, std::string_view target) {
  request.target = client::with_path(server_.url, std::string(target)).target;
  request.headers.insert(request.headers.end(), server_.headers.begin(), server_.headers.end());
  request.headers.emplace_back("Accept", "application/json");
  const auto response = client_.fetch(request);
  if (!response) return response.error();
  const int status = response->head.status;
  if (status < 200 || status > 299) return client::problem_error(response->head, response->body);
  boost::system::error_code failed;
  auto value = json::parse(response->body, failed);
  if (failed || !value.is_object()) {
    return base::make_error(base::ErrorCode::kNetwork, "the server's answer is no JSON object");
  }
  return value;
}

Result<json::value> WorkflowClient::get(std::string_view target) { return send({}, target); }

Result<json::value> WorkflowClient::post(std::string_view target, const json::value& body,
                                         std::string_view idempotency_key) {
  client::Request request{.method = "POST",
                          .headers = {{"Content-Type", "application/json"}},
                          .body = json::serialize(body)};
  if (!idempotency_key.empty()) {
    request.headers.emplace_back("Idempotency-Key", std::string(idempotency_key));
  }
  return send(std::move(request), target);
}

Result<json::value> WorkflowClient::put(std::string_view target, std::string body,
                                        std::string_view content_type) {
  return send({.method = "PUT",
               .headers = {{"Content-Type", std::string(content_type)}},
               .body = std::move(body)},
              target);
}

std::string execution_target(std::string_view id, std::string_view rest) {
  return fmt::format("/api/workflow/executions/{}{}", proto::encode_topic_path(id), rest);
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

std::int64_t integer_of(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return otherwise;
  boost::system::error_code inexact;
  const auto number = value->to_number<std::int64_t>(inexact);
  return inexact ? otherwise : number;
}

std::string duration_text(std::int64_t milliseconds) {
  constexpr std::int64_t kSecond = 1'000;
  constexpr std::int64_t kMinute = 60 * kSecond;
  constexpr std::int64_t kHour = 60 * kMinute;
  if (milliseconds < kSecond) return fmt::format("{} ms", milliseconds);
  if (milliseconds < kMinute) {
    return fmt::format("{}.{} s", milliseconds / kSecond, milliseconds % kSecond / 100);
  }
  if (milliseconds < kHour) {
    return fmt::format("{} min {} s", milliseconds / kMinute, milliseconds % kMinute / kSecond);
  }
  return fmt::format("{} h {} min", milliseconds / kHour, milliseconds % kHour / kMinute);
}

}  // namespace weir::cli
