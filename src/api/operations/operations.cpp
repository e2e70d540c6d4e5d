#include "api/operations/operations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/operations/settings.hpp"
#include "base/error.hpp"
#include "proto/json.hpp"

namespace weir::api {
namespace {

net::Response text_response(std::string body, std::string type = "text/plain; charset=utf-8") {
  net::Response response;
  response.set("Content-Type", std::move(type));
  response.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

}  // namespace

void Operations::add_routes(Router& router) {
  const auto get = [&](std::string path, Audience audience, std::function<void(Call&)> handle) {
    router.add("GET", std::move(path),
               {[handle = std::move(handle)](const CallPtr& call) { handle(*call); },
                {},
                {},
                {},
                audience});
  };
  using enum Audience;
  get("/healthz", kEverybody, [](Call& call) { call.respond(text_response("ok\n")); });
  get("/readyz", kEverybody, [this](Call& call) { ready(call); });
  get("/metrics", kAdmin, [this](Call& call) {
    call.respond(text_response(prometheus_text(hub_, status_, gate_), "text/plain; version=0.0.4"));
  });
  get("/v1/stats", kAdmin,
      [this](Call& call) { call.respond_json(stats_json(hub_, status_, gate_)); });
  get("/v1/settings", kAdmin,
      [this](Call& call) { call.respond_json(settings_json(call.settings(), status_.version)); });
  get("/problems/", kEverybody, [this](Call& call) { problem(call); });
}

void Operations::ready(Call& call) {
  if (status_.draining()) return call.fail(base::make_error(base::ErrorCode::kDraining));
  if (hub_.log().stats().failed)
    return call.fail(base::make_error(base::ErrorCode::kStorageFailed));
  call.respond(text_response("ready\n"));
}

/// Where a problem's `type` points to: what it means, for people.
void Operations::problem(Call& call) {
  const auto table = base::error_table();
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const auto& row) { return row.name == call.rest(); });
  if (at == table.end()) {
    return call.fail(base::make_error(base::ErrorCode::kNotFound, call.target().raw_path));
  }
  call.respond(text_response(fmt::format(
      "{}\n\n{}.\nHTTP status: {}\nTrying again later can help: {}\n", at->name, at->title,
      at->http_status == 0 ? std::string("none") : std::to_string(at->http_status),
      at->retryable ? "yes" : "no")));
}

}  // namespace weir::api
