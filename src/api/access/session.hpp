#pragma once

#include <cstddef>
#include <string>

#include "api/router.hpp"
#include "base/log_line.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// `GET`, `POST` and `DELETE /v1/session`: who runs the server logs in with a password or a token
/// and gets a cookie, which is a credential on every route from then on. One per shard; its thread
/// only.
class SessionApi {
 public:
  SessionApi(hub::Hub& hub, std::size_t shard) : hub_(hub), shard_(shard) {}

  void add_routes(Router& router);

 private:
  static void show(const CallPtr& call);
  void log_in(const CallPtr& call);
  void log_out(const CallPtr& call);
  void with_password(const CallPtr& call, std::string name, std::string password);
  void finish(const CallPtr& call, const LoginAttempt& attempt,
              const base::Result<access::Session>& session);

  hub::Hub& hub_;
  std::size_t shard_;
  base::RecurringLine failed_line_;
};

}  // namespace weir::api
