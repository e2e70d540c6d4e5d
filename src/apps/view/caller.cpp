#include "apps/view/caller.hpp"

#include <fmt/format.h>

#include <vector>

#include "access/crypto.hpp"
#include "proto/event.hpp"
#include "proto/selector.hpp"

namespace weir::apps {
namespace {

using access::Access;
using base::ErrorCode;
using base::make_error;

// What is left of a topic's name for the view's own part of it is enough.
constexpr std::size_t kUserBytesMax = 256;
constexpr std::size_t kKeyBytesMax = 255;

/// On an open server nobody says who they are; on this machine, and in the demo, they may choose.
bool may_choose(const api::Call& call) {
  return is_admin(call) || (call.access().kind == Access::Kind::kOpen && call.settings().demo);
}

/// The user that the credential itself stands for; empty: nobody.
std::string own_user(const Access& access) {
  switch (access.kind) {
    case Access::Kind::kToken:
    case Access::Kind::kSession:
    case Access::Kind::kProgram:
      return access.subject;
    case Access::Kind::kOpen:
    case Access::Kind::kAnonymous:
    case Access::Kind::kKey:
      break;
  }
  return {};
}

}  // namespace

bool is_admin(const api::Call& call) {
  return call.gate().is_admin(call.access(), call.head(), call.settings());
}

base::Result<> check_user(std::string_view user) {
  if (user.size() > kUserBytesMax) {
    return make_error(ErrorCode::kBadRequest,
                      fmt::format("a user has at most {} bytes", kUserBytesMax));
  }
  if (!proto::validate_topic(user)) {
    return make_error(ErrorCode::kBadRequest,
                      "a user is 1 or more bytes of UTF-8 without control characters");
  }
  return {};
}

base::Result<std::string> acting_user(const api::Call& call) {
  auto user = own_user(call.access());
  if (const auto wanted = call.target().get("user"); wanted && *wanted != user) {
    if (!may_choose(call)) {
      return api::Gate::refusal(call.access(), "what belongs to another user is for admins");
    }
    user = *wanted;
  } else if (user.empty() && call.access().kind == Access::Kind::kOpen && may_choose(call)) {
    user = "demo";
  }
  if (user.empty()) {
    return api::Gate::refusal(call.access(),
                              "this belongs to a user: a token with a subject is needed, or "
                              "?user= and the right to administer");
  }
  if (auto valid = check_user(user); !valid) return valid.error();
  return user;
}

base::Result<once::Key> request_key(const api::Call& call, std::string_view kind,
                                    std::string_view what, base::UnixMillis now) {
  const auto key = call.header("Idempotency-Key");
  if (key.empty()) return once::Key{};
  if (key.size() > kKeyBytesMax) {
    return make_error(ErrorCode::kBadRequest,
                      fmt::format("Idempotency-Key has at most {} bytes", kKeyBytesMax));
  }
  const auto whose = access::to_hex(access::sha256(call.access().identity));
  return once::Key{.text = fmt::format("{} {} {}", kind, whose, key),
                   .fingerprint = access::fingerprint_of(what),
                   .expires = now + call.settings().idempotency_window.count()};
}

base::Result<> may_produce(const api::Call& call, std::string_view kind,
                           std::span<const std::string> users) {
  std::vector<proto::Event> stand_ins;
  for (const auto& user : users) {
    if (auto valid = check_user(user); !valid) return valid;
    stand_ins.emplace_back().topics.push_back(fmt::format("{}/{}", kind, user));
  }
  if (is_admin(call)) return call.gate().authority().still_valid(call.access());
  return call.may_publish(stand_ins);
}

base::Result<> may_produce_for_all(const api::Call& call, std::string_view kind) {
  if (auto valid = call.gate().authority().still_valid(call.access()); !valid) return valid;
  if (is_admin(call)) return {};
  const auto everybody = proto::Pattern::parse(fmt::format("{}/**", kind));
  if (!everybody) return everybody.error();
  return call.gate().may_publish_to_all(call.access(), *everybody);
}

}  // namespace weir::apps
