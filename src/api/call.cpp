#include "api/call.hpp"

#include "api/cors.hpp"
#include "proto/trace_context.hpp"

namespace weir::api {

Call::Call(std::shared_ptr<net::Exchange> exchange, std::string_view rest,
           std::shared_ptr<const base::Settings> settings)
    : exchange_(std::move(exchange)), rest_(rest), settings_(std::move(settings)) {}

std::string_view Call::header(std::string_view name) const {
  return head().headers.get(name).value_or(std::string_view{});
}

std::string Call::trace() const {
  const auto context = proto::parse_traceparent(header("traceparent"));
  return context ? proto::pack_trace(*context) : std::string();
}

void Call::respond(net::Response response) {
  add_cors_headers(head(), *settings_, response);
  exchange_->respond(std::move(response));
}

void Call::respond_json(std::string json, std::string type) {
  net::Response response;
  response.set("Content-Type", std::move(type));
  response.set("Cache-Control", "no-store");
  if (!json.empty()) json.push_back('\n');
  response.body = std::move(json);
  respond(std::move(response));
}

void Call::fail(const base::Error& error) { respond(net::problem_response(error)); }

}  // namespace weir::api
