#include "apps/view/caller.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "access/crypto.hpp"
#include "api/access/user.hpp"
#include "base/check.hpp"
#include "proto/event.hpp"
#include "proto/selector.hpp"

namespace weir::apps {
namespace {

using base::ErrorCode;
using base::make_error;

// What is left of a topic's name for the view's own part of it is enough.
constexpr std::size_t kUserBytesMax = 256;
constexpr std::size_t kKeyBytesMax = 255;

proto::Pattern all_of(std::string_view kind) {
  auto all = proto::Pattern::parse(fmt::format("{}/**", kind));
  WEIR_CHECK(all.has_value(), "a kind of view is no part of a pattern");
  return std::move(*all);
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
  const auto& gate = call.gate();
  auto user = api::default_user(gate, call.access(), call.head(), call.settings());
  if (const auto wanted = call.target().get("user"); wanted && *wanted != user) {
    if (!api::may_choose_user(gate, call.access(), call.head(), call.settings())) {
      return api::Gate::refusal(call.access(), "what belongs to another user is for admins");
    }
    user = *wanted;
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
  if (!is_admin(call)) return call.may_publish(stand_ins);
  auto& gate = call.gate();
  if (auto valid = gate.authority().still_valid(call.access()); !valid) return valid;
  return gate.admit_publishes(call.access(), call.head(), call.settings(), stand_ins);
}

base::Result<> may_produce_for_all(const api::Call& call, std::string_view kind) {
  auto& gate = call.gate();
  if (is_admin(call)) {
    if (auto valid = gate.authority().still_valid(call.access()); !valid) return valid;
    return admit_change(call);
  }
  return gate.may_publish_to_all(call.access(), call.head(), call.settings(), all_of(kind));
}

base::Result<> has_right_to_all(const api::Call& call, std::string_view kind) {
  const auto& gate = call.gate();
  if (auto valid = gate.authority().still_valid(call.access()); !valid) return valid;
  if (is_admin(call)) return {};
  return gate.grants_publish_to_all(call.access(), all_of(kind));
}

base::Result<> admit_change(const api::Call& call) {
  const proto::Event one;
  return call.gate().admit_publishes(call.access(), call.head(), call.settings(), {&one, 1});
}

}  // namespace weir::apps
