#include "apps/notifications/addresses.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/notifications/draft.hpp"
#include "base/refusal.hpp"
#include "proto/base64url.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::apps::notifications {
namespace {

using base::Result;
using proto::JsonValue;

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321, 4.5.3.1.3, without the angle brackets.
constexpr std::size_t kNtfyBytesMax = 64;
constexpr std::size_t kEndpointBytesMax = 2'048;
constexpr std::size_t kPushMax = 10;
constexpr std::size_t kPointBytes = 65;
constexpr std::size_t kAuthBytes = 16;

bool is_ntfy_topic(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

Result<> read_keys(const JsonValue& value, PushSubscription& out) {
  return proto::read_object(value.bytes, kDepthMax,
                            [&](std::string_view name, JsonValue& each) -> Result<> {
                              if (name == "p256dh") return take_text(name, each, 128, out.p256dh);
                              if (name == "auth") return take_text(name, each, 64, out.auth);
                              return {};
                            });
}

}  // namespace

bool Addresses::is_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return false;
  const auto fits = [](std::string_view part, std::string_view marks) {
    return std::all_of(part.begin(), part.end(), [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             marks.find(c) != std::string_view::npos;
    });
  };
  return fits(text.substr(0, at), ".!#$%&'*+/=?^_`{|}~-") && fits(text.substr(at + 1), ".-");
}

Result<PushSubscription> read_push_subscription(std::string_view json) {
  PushSubscription out;
  auto read =
      proto::read_object(json, kDepthMax, [&](std::string_view name, JsonValue& value) -> Result<> {
        if (name == "endpoint") return take_text(name, value, kEndpointBytesMax, out.endpoint);
        if (name == "keys") return read_keys(value, out);
        return {};  // `expirationTime`, and what browsers may add.
      });
  if (!read) return read.error();
  if (out.endpoint.empty()) return base::bad_request("\"endpoint\" is missing");
  const auto point = proto::from_base64url(out.p256dh);
  const auto secret = proto::from_base64url(out.auth);
  if (!point || point->size() != kPointBytes || !secret || secret->size() != kAuthBytes) {
    return base::bad_request("\"keys\" are no keys: p256dh is 65 bytes and auth 16, in base64url");
  }
  return out;
}

std::string to_json(const PushSubscription& subscription) {
  return fmt::format(R"({{"endpoint":{},"keys":{{"p256dh":{},"auth":{}}}}})",
                     proto::json_string(subscription.endpoint),
                     proto::json_string(subscription.p256dh),
                     proto::json_string(subscription.auth));
}

Result<Addresses> Addresses::parse(std::string_view json) {
  Addresses out;
  if (json.empty()) return out;
  const auto take_push = [&](JsonValue& value) -> Result<> {
    auto subscription = read_push_subscription(value.bytes);
    if (!subscription) return subscription.error();
    if (out.push.size() == kPushMax) {
      return base::bad_request(fmt::format("\"push\" holds over {}", kPushMax));
    }
    out.push.push_back(std::move(*subscription));
    return {};
  };
  auto read =
      proto::read_object(json, kDepthMax, [&](std::string_view name, JsonValue& value) -> Result<> {
        if (value.is_null()) return {};
        if (name == "email") return take_text(name, value, kEmailBytesMax, out.email);
        if (name == "ntfy") return take_text(name, value, kNtfyBytesMax, out.ntfy);
        if (name == "push") return proto::read_array(value.bytes, kDepthMax, take_push);
        return base::bad_request("addresses are email, ntfy and push");
      });
  if (!read) return read.error();
  if (!out.email.empty() && !is_email(out.email)) {
    return base::bad_request("\"email\" is no plain address");
  }
  if (!out.ntfy.empty() && !is_ntfy_topic(out.ntfy)) {
    return base::bad_request("\"ntfy\" is a topic of letters, digits, _ and -");
  }
  return out;
}

std::string Addresses::to_json() const {
  std::string list;
  for (const auto& each : push) {
    if (!list.empty()) list.push_back(',');
    list += notifications::to_json(each);
  }
  return fmt::format(R"({{"email":{},"ntfy":{},"push":[{}]}})", proto::json_string_or_null(email),
                     proto::json_string_or_null(ntfy), list);
}

void Addresses::add(PushSubscription subscription) {
  std::erase_if(push, [&](const auto& each) { return each.endpoint == subscription.endpoint; });
  if (push.size() == kPushMax) push.erase(push.begin());
  push.push_back(std::move(subscription));
}

std::vector<std::string> Addresses::of(std::string_view channel) const {
  std::vector<std::string> all;
  if (channel == "email" && !email.empty()) all.push_back(email);
  if (channel == "ntfy" && !ntfy.empty()) all.push_back(ntfy);
  if (channel == "push") {
    for (const auto& each : push) all.push_back(notifications::to_json(each));
  }
  return all;
}

}  // namespace weir::apps::notifications
