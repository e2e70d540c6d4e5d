#include "api/access/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "api/access/client_address.hpp"
#include "api/access/revocations.hpp"
#include "api/access/user.hpp"
#include "base/logging.hpp"
#include "base/settings_check.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::api {
namespace {

using access::Access;
using access::AccessPtr;

constexpr std::size_t kDepthMax = 2;
constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kPasswordBytesMax = 1024;

struct Login {
  std::string name;
  std::string password;
  std::string token;
};

/// `{"name":…,"password":…}` or `{"token":…}`. No detail holds a part of it.
base::Result<Login> read_login(std::string_view body) {
  Login login;
  const auto bad = [] {
    return base::make_error(base::ErrorCode::kBadRequest,
                            "either {\"name\":…,\"password\":…} or {\"token\":…} is taken");
  };
  const auto read = proto::read_object(
      body, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
        auto* text = std::get_if<std::string>(&value.content);
        std::string* member = name == "name"       ? &login.name
                              : name == "password" ? &login.password
                              : name == "token"    ? &login.token
                                                   : nullptr;
        if (text == nullptr || member == nullptr) return bad();
        *member = std::move(*text);
        return {};
      });
  const bool with_password = !login.name.empty() && !login.password.empty();
  const bool good =
      login.token.empty() ? with_password : login.name.empty() && login.password.empty();
  if (!read || !good || login.name.size() > kNameBytesMax ||
      login.password.size() > kPasswordBytesMax) {
    return bad();
  }
  return login;
}

std::string methods_json(const Gate& gate, const base::Settings& settings) {
  std::vector<std::string> methods;
  if (!gate.authority().is_open()) {
    const auto& given = settings.access;
    if (!given.operators.empty()) methods.emplace_back("password");
    if (!given.jwt_key.empty() || !given.jwks.empty() || !given.api_keys.empty()) {
      methods.emplace_back("token");
    }
  }
  return proto::json_array(methods);
}

/// The applications that are there to be asked for: a page shows nothing of the others.
std::string applications_json(const base::Settings& settings) {
  std::vector<std::string> names;
  if (settings.notifications.enabled) names.emplace_back("notifications");
  return proto::json_array(names);
}

std::string state_json(const Call& call, const Access& access) {
  auto& gate = call.gate();
  const auto& settings = call.settings();
  const auto anonymous = gate.authority().anonymous();
  const auto who = access.authenticated()
                       ? fmt::format(R"({{"name":{}}})", proto::json_string(access.subject))
                       : std::string("null");
  return fmt::format(
      R"({{"required":{},"operator":{},"admin":{},"user":{},"may_choose_user":{},"applications":{},)"
      R"("methods":{},"expires":{}}})",
      !gate.may_administer(*anonymous, call.head(), settings), who,
      gate.may_administer(access, call.head(), settings),
      proto::json_string_or_null(default_user(gate, access, call.head(), settings)),
      may_choose_user(gate, access, call.head(), settings), applications_json(settings),
      methods_json(gate, settings),
      access.expires ? std::to_string(*access.expires) : std::string("null"));
}

/// Where the page is served under TLS, be it by a proxy, the browser is not to send the cookie
/// without. A client that lies about its own page has less of it and no more.
bool is_secure(const net::RequestHead& head) {
  const auto origin = head.headers.get("Origin");
  return head.secure || (origin && origin->starts_with("https://"));
}

std::string cookie(const net::RequestHead& head, std::string_view value, std::int64_t seconds) {
  return fmt::format("{}={}; Max-Age={}; HttpOnly; SameSite=Strict; Path=/{}", base::kSessionCookie,
                     value, seconds, is_secure(head) ? "; Secure" : "");
}

net::Response json_response(std::string json) {
  net::Response response;
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  response.body = std::move(json);
  response.body.push_back('\n');
  return response;
}

/// Whether the request shows a session that was signed here and has ended.
bool shows_ended_session(const base::Error& error) {
  return error.code == base::ErrorCode::kInvalidToken;
}

}  // namespace

void SessionApi::add_routes(Router& router) {
  const auto add = [&](std::string method, std::function<void(CallPtr)> handle) {
    router.add(std::move(method), "/v1/session",
               {.handle = std::move(handle),
                .handle_stream = {},
                .streams = {},
                .body_bytes_max = {},
                .audience = Audience::kEverybody});
  };
  add("GET", [](const CallPtr& call) { show(call); });
  add("POST", [this](const CallPtr& call) { log_in(call); });
  add("DELETE", [this](const CallPtr& call) { log_out(call); });
}

void SessionApi::show(const CallPtr& call) {
  auto& gate = call->gate();
  const auto access = gate.identify(call->head(), call->settings());
  // What is shown and not valid is as good as nothing here, where it is asked who one is.
  auto response =
      json_response(state_json(*call, access ? **access : *gate.authority().anonymous()));
  if (!access && shows_ended_session(access.error())) {
    response.set("Set-Cookie", cookie(call->head(), "", 0));
  }
  call->respond(std::move(response));
}

void SessionApi::log_in(const CallPtr& call) {
  auto& gate = call->gate();
  if (auto own = gate.check_page(call->head(), call->settings()); !own) {
    return call->fail(own.error());
  }
  auto login = read_login(call->body());
  if (!login) return call->fail(login.error());
  if (gate.authority().is_open()) {
    return call->fail(base::make_error(base::ErrorCode::kLoginFailed,
                                       "the server is open: there is nothing to log in to"));
  }
  if (login->token.empty()) {
    return with_password(call, std::move(login->name), std::move(login->password));
  }
  const auto attempt = gate.begin_login(call->head(), call->settings(), {});
  if (!attempt) return call->fail(attempt.error());
  finish(call, *attempt,
         gate.authority().log_in(login->token, call->settings().access.session_lifetime));
}

void SessionApi::with_password(const CallPtr& call, std::string name, std::string password) {
  auto& gate = call->gate();
  const auto& limits = call->settings().access;
  const auto attempt = gate.begin_login(call->head(), call->settings(), name);
  if (!attempt) return call->fail(attempt.error());
  // Goes to the thread that checks passwords and back as a whole: a call ends on its own thread.
  const auto waiting = std::make_shared<CallPtr>(call);
  const auto begun = gate.authority().log_in(
      std::move(name), std::move(password), limits.session_lifetime, limits.logins_waiting_max,
      [this, waiting, attempt = *attempt](const base::Result<access::Session>& session) {
        hub_.shard(shard_).post(base::Task([this, call = std::move(*waiting), attempt, session] {
          finish(call, attempt, session);
        }));
      });
  if (!begun) finish(call, *attempt, begun.error());
}

void SessionApi::finish(const CallPtr& call, const LoginAttempt& attempt,
                        const base::Result<access::Session>& session) {
  auto& gate = call->gate();
  if (!session) {
    const auto code = session.error().code;
    const bool failed = code == base::ErrorCode::kLoginFailed;
    if (!failed) gate.forgive(attempt);
    if (code == base::ErrorCode::kLoginOverload) gate.count(LoginOutcome::kRefused);
    if (failed) {
      gate.count(LoginOutcome::kFailed);
      // Not the name: it may be a password that was typed into the wrong field.
      const auto address = client_address(call->head(), call->settings());
      if (failed_line_.due("")) {
        base::log_warning("session.login_failed", "address={} held_back={}",
                          address_text(address, kUnixClient), failed_line_.held_back());
      }
    }
    return call->fail(session.error());
  }
  gate.forgive(attempt);
  gate.count(LoginOutcome::kOpened);
  const auto& access = *session->access;
  if (!access.origin) base::log_info("session.opened", "operator=\"{}\"", access.subject);
  auto response = json_response(state_json(*call, access));
  const auto seconds =
      std::max<std::int64_t>((*access.expires - hub_.clock().unix_millis()) / 1000, 1);
  response.set("Set-Cookie", cookie(call->head(), session->text, seconds));
  call->respond(std::move(response));
}

void SessionApi::log_out(const CallPtr& call) {
  auto& gate = call->gate();
  const auto access = gate.identify(call->head(), call->settings());
  if (!access && !shows_ended_session(access.error())) return call->fail(access.error());
  const auto done = [call] {
    net::Response response;
    response.status = 204;
    response.set("Set-Cookie", cookie(call->head(), "", 0));
    call->respond(std::move(response));
  };
  if (!access || (*access)->kind != Access::Kind::kSession) return done();
  revoke(hub_, shard_, gate.authority(), {access::Revocation::Kind::kTokenId, (*access)->token_id},
         [call, done, &gate](const base::Result<>& stored) {
           if (!stored) return call->fail(stored.error());
           gate.count(LoginOutcome::kEnded);
           done();
         });
}

}  // namespace weir::api
