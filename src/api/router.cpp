#include "api/router.hpp"

#include <algorithm>

#include "api/answer.hpp"
#include "api/cors.hpp"

namespace weir::api {
namespace {

bool is_prefix(std::string_view path) { return path.size() > 1 && path.back() == '/'; }

net::Response not_allowed(const std::string& method, const std::string& allow) {
  auto response =
      net::problem_response(base::make_error(base::ErrorCode::kMethodNotAllowed, method));
  response.set("Allow", allow);
  return response;
}

}  // namespace

std::string Router::Resource::allow() const {
  std::string methods;
  for (const auto& [method, action] : actions) {
    methods += method + ", ";
    if (method == "GET") methods += "HEAD, ";
  }
  return methods + "OPTIONS";
}

void Router::add(std::string method, std::string path, Action action) {
  auto at = std::find_if(resources_.begin(), resources_.end(),
                         [&](const auto& resource) { return resource->path == path; });
  if (at == resources_.end()) {
    resources_.push_back(std::make_unique<Resource>(Resource{std::move(path), {}}));
    at = std::prev(resources_.end());
  }
  (*at)->actions.emplace_back(std::move(method), std::move(action));
}

Router::Found Router::find(std::string_view path, std::string_view method) const {
  Found found;
  for (const auto& resource : resources_) {
    if (resource->path == path) {
      found = {resource.get(), nullptr, {}};
      break;
    }
    // Something must follow a prefix: "/v1/topics/" itself names no topic.
    if (is_prefix(resource->path) && path.size() > resource->path.size() &&
        path.starts_with(resource->path)) {
      found = {resource.get(), nullptr, path.substr(resource->path.size())};
      break;
    }
  }
  if (found.resource == nullptr) return found;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const auto& [name, action] : found.resource->actions) {
    if (name == wanted) found.action = &action;
  }
  return found;
}

net::BodyPlan Router::plan(const net::RequestHead& head) {
  net::BodyPlan plan;
  plan.bytes_max = kSmallBody;
  if (!head.has_body) return plan;
  const auto refuse = [&](net::Response response) {
    add_common_headers(head, *settings_(), response);
    plan.kind = net::BodyPlan::Kind::kRefuse;
    plan.refusal = std::move(response);
    return plan;
  };
  const auto found = find(head.url.raw_path, head.method);
  if (found.resource == nullptr) {
    return refuse(
        net::problem_response(base::make_error(base::ErrorCode::kNotFound, head.url.raw_path)));
  }
  if (found.action == nullptr) {
    if (head.method == "OPTIONS") return plan;
    return refuse(not_allowed(head.method, found.resource->allow()));
  }
  if (!asks(*found.action)) {
    if (auto access = gate_.admit(head, *settings_(), found.action->audience); !access) {
      return refuse(problem_answer(access.error()));
    }
  }
  if (found.action->streams && found.action->streams(head)) {
    plan.kind = net::BodyPlan::Kind::kStream;
  } else if (found.action->body_bytes_max) {
    plan.bytes_max = found.action->body_bytes_max(head, *settings_());
  }
  return plan;
}

void Router::on_request(std::shared_ptr<net::Exchange> exchange) {
  const auto& head = exchange->head();
  const auto found = find(head.url.raw_path, head.method);
  auto settings = settings_();
  if (found.action != nullptr) return run(found, exchange, std::move(settings));
  Call call(exchange, found.rest, settings, gate_.authority().anonymous(), gate_);
  if (head.method == "OPTIONS") {
    answer_options(head, found.resource, call);
  } else if (found.resource == nullptr) {
    call.fail(base::make_error(base::ErrorCode::kNotFound, head.url.raw_path));
  } else {
    call.respond(not_allowed(head.method, found.resource->allow()));
  }
}

void Router::run(const Found& found, const std::shared_ptr<net::Exchange>& exchange,
                 std::shared_ptr<const base::Settings> settings) {
  const auto& head = exchange->head();
  if (!asks(*found.action)) {
    // Again after the body: it may have taken longer than the token lasted.
    return run_as(found, exchange, settings, gate_.admit(head, *settings, found.action->audience));
  }
  // What comes of a streamed body waits for the answer.
  exchange->pause_body();
  ask_(head, *settings, found.action->audience,
       [this, found, exchange, settings](base::Result<access::AccessPtr> access) {
         if (!exchange->alive()) return;
         exchange->resume_body();
         run_as(found, exchange, settings, std::move(access));
       });
}

void Router::run_as(const Found& found, const std::shared_ptr<net::Exchange>& exchange,
                    std::shared_ptr<const base::Settings> settings,
                    base::Result<access::AccessPtr> access) {
  const auto& head = exchange->head();
  const auto& action = *found.action;
  auto call = std::make_shared<Call>(exchange, found.rest, std::move(settings),
                                     access ? *access : gate_.authority().anonymous(), gate_);
  if (!access) return call->fail(access.error());
  if (head.has_body && action.streams && action.streams(head)) {
    auto reader = action.handle_stream(call);
    if (reader == nullptr) return;
    readers_[exchange.get()] = std::move(reader);
    exchange->on_abort([this, key = exchange.get()] { readers_.erase(key); });
  } else {
    action.handle(std::move(call));
  }
}

void Router::complete_refusal(const net::RequestHead& head, net::Response& response) {
  add_common_headers(head, *settings_(), response);
}

void Router::answer_options(const net::RequestHead& head, const Resource* resource,
                            Call& call) const {
  if (resource == nullptr && call.target().raw_path != "*") {
    call.fail(base::make_error(base::ErrorCode::kNotFound, call.target().raw_path));
    return;
  }
  const auto allow =
      resource == nullptr ? std::string("GET, HEAD, POST, DELETE, OPTIONS") : resource->allow();
  if (is_preflight(head)) {
    auto response = preflight_response(head, call.settings(), allow);
    add_security_headers(response);
    call.exchange().respond(std::move(response));
    return;
  }
  net::Response response;
  response.status = 204;
  response.set("Allow", allow);
  call.respond(std::move(response));
}

void Router::on_body(const std::shared_ptr<net::Exchange>& exchange, std::string_view bytes) {
  const auto at = readers_.find(exchange.get());
  if (at != readers_.end() && !at->second->on_body(bytes)) readers_.erase(at);
}

void Router::on_body_end(const std::shared_ptr<net::Exchange>& exchange) {
  const auto at = readers_.find(exchange.get());
  if (at == readers_.end()) return;
  const auto reader = std::move(at->second);
  readers_.erase(at);
  reader->on_body_end();
}

}  // namespace weir::api
