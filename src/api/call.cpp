#include "api/call.hpp"

#include "api/answer.hpp"
#include "proto/trace_context.hpp"

namespace weir::api {

Call::Call(std::shared_ptr<net::Exchange> exchange, std::string_view rest,
           std::shared_ptr<const base::Settings> settings, access::AccessPtr access, Gate& gate)
    : exchange_(std::move(exchange)),
      rest_(rest),
      settings_(std::move(settings)),
      access_(std::move(access)),
      gate_(&gate) {}

base::Result<> Call::may_publish(std::span<const proto::Event> events) const {
  return gate_->may_publish(*access_, head(), *settings_, events);
}

base::Result<> Call::may_subscribe(const proto::Selectors& selectors) const {
  const bool admin =
      selectors.name_system_topics() && gate_->is_admin(*access_, head(), *settings_);
  return gate_->may_subscribe(*access_, selectors, admin);
}

std::string_view Call::header(std::string_view name) const {
  return head().headers.get(name).value_or(std::string_view{});
}

std::string Call::trace() const {
  const auto context = proto::parse_traceparent(header("traceparent"));
  return context ? proto::pack_trace(*context) : std::string();
}

void Call::respond(net::Response response) {
  add_common_headers(head(), *settings_, response);
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

void Call::fail(const base::Error& error) { respond(problem_answer(error)); }

}  // namespace weir::api
