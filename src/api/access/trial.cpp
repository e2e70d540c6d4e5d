#include "api/access/trial.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/api_keys.hpp"
#include "access/grants.hpp"
#include "base/refusal.hpp"
#include "proto/event.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"
#include "proto/jwt.hpp"

namespace weir::api {
namespace {

using access::Access;
using access::AccessPtr;

constexpr std::size_t kDepthMax = 4;
constexpr std::size_t kTopicsMax = 100;

struct Asked {
  std::optional<std::string> token;
  std::vector<std::string> publish;
  std::vector<std::string> subscribe;
};

base::Result<Asked> read_asked(std::string_view body) {
  Asked asked;
  const auto read = proto::read_object(
      body, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
        if (name == "token") {
          if (value.is_null()) return {};
          auto* text = std::get_if<std::string>(&value.content);
          if (text == nullptr) return base::bad_request("\"token\" is neither a string nor null");
          asked.token = std::move(*text);
          return {};
        }
        if (name != "publish" && name != "subscribe") {
          return base::bad_request("\"token\", \"publish\" and \"subscribe\" are taken");
        }
        auto texts = proto::read_texts(value.bytes, kTopicsMax);
        if (!texts) return base::bad_request(fmt::format("\"{}\" {}", name, texts.error().detail));
        (name == "publish" ? asked.publish : asked.subscribe) = std::move(*texts);
        return {};
      });
  if (!read) return read.error();
  return asked;
}

/// Which of the selectors holds all that is wanted.
std::optional<std::string> holder_of(const proto::Selectors& granted,
                                     const proto::Selectors& wanted) {
  for (const auto& topic : granted.topics) {
    proto::Selectors one;
    one.topics = {topic};
    if (one.cover(wanted)) return topic;
  }
  for (const auto& pattern : granted.patterns) {
    proto::Selectors one;
    one.patterns = {pattern};
    if (one.cover(wanted)) return pattern.text();
  }
  return std::nullopt;
}

/// Decides for one who is asking, whose token, if one was shown, was found good.
class Trial {
 public:
  Trial(const Gate& gate, const Access& access) : gate_(gate), access_(access) {}

  void publish(const std::string& topic) {
    if (auto valid = proto::validate_topic(topic); !valid) {
      return add("publish", topic, valid.error());
    }
    proto::Selectors wanted;
    wanted.topics = {topic};
    decide("publish", topic, gate_.may_publish_to(access_, topic), &access::Grants::publish, wanted,
           "anonymous_publish");
  }

  void subscribe(const std::string& text) {
    const auto wanted = access::selectors_of({text});
    if (!wanted) return add("subscribe", text, wanted.error());
    decide("subscribe", text, gate_.may_subscribe(access_, *wanted, access_.grants.admin),
           &access::Grants::subscribe, *wanted, "anonymous_subscribe");
  }

  void refuse(std::string_view action, const std::string& topic, std::string_view why) {
    decisions_.push_back(fmt::format(R"({{"action":"{}","topic":{},"allowed":false,"why":{}}})",
                                     action, proto::json_string(topic), proto::json_string(why)));
  }

  std::string json() const { return fmt::format("[{}]", fmt::join(decisions_, ",")); }

 private:
  void add(std::string_view action, const std::string& topic, const base::Error& error) {
    refuse(action, topic, error.message());
  }

  void decide(std::string_view action, const std::string& topic, const base::Result<>& allowed,
              proto::Selectors access::Grants::* which, const proto::Selectors& wanted,
              std::string_view setting) {
    if (!allowed) return refuse(action, topic, allowed.error().detail);
    const auto own = holder_of(access_.grants.*which, wanted);
    const auto everybody = gate_.authority().anonymous();
    const auto shared = holder_of(everybody->grants.*which, wanted);
    std::string why = "the server is open: no token is asked for";
    if (wanted.name_system_topics()) {
      why = "an admin follows the server's own topics";
    } else if (access_.kind != Access::Kind::kOpen) {
      why = access_.authenticated() && own
                ? fmt::format("granted by '{}'", *own)
                : fmt::format("granted to everybody by '{}' ({})", shared.value_or(""), setting);
    }
    decisions_.push_back(fmt::format(R"({{"action":"{}","topic":{},"allowed":true,"why":{}}})",
                                     action, proto::json_string(topic), proto::json_string(why)));
  }

  const Gate& gate_;
  const Access& access_;
  std::vector<std::string> decisions_;
};

/// What a token claims, be it good or not: whoever shows one can read that, too.
std::string claims_of(const std::optional<std::string>& token, std::size_t bytes_max) {
  if (!token || token->starts_with(access::kApiKeyPrefix)) return "null";
  const auto jws = proto::parse_jws(*token, bytes_max);
  return jws && proto::parse_claims(jws->payload) ? jws->payload : "null";
}

std::string_view kind_of(const Asked& asked) {
  if (!asked.token) return "anonymous";
  return asked.token->starts_with(access::kApiKeyPrefix) ? "key" : "jwt";
}

}  // namespace

void AccessTrial::add_routes(Router& router) {
  router.add("POST", "/v1/access/try",
             {.handle = [](const CallPtr& call) { answer(call); },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {}});
}

void AccessTrial::answer(const CallPtr& call) {
  const auto asked = read_asked(call->body());
  if (!asked) return call->fail(asked.error());
  auto& authority = call->gate().authority();
  const auto session = asked->token ? authority.authenticate_session(*asked->token)
                                    : base::Result<AccessPtr>(AccessPtr());
  const bool is_session = !session || *session;
  const auto shown = is_session     ? session
                     : asked->token ? authority.examine(*asked->token)
                                    : base::Result<AccessPtr>(authority.anonymous());
  // What an open server would do with a token: not look at it.
  const bool looked_at = !authority.is_open();
  static const Access nobody;
  const auto anonymous = authority.anonymous();
  const Access& access = shown ? **shown : nobody;
  Trial trial(call->gate(), looked_at ? access : *anonymous);
  for (const auto& [action, topics] :
       {std::pair{"publish", &asked->publish}, std::pair{"subscribe", &asked->subscribe}}) {
    for (const auto& topic : *topics) {
      if (!shown && looked_at) {
        trial.refuse(action, topic, "refused: " + shown.error().message());
      } else if (topics == &asked->publish) {
        trial.publish(topic);
      } else {
        trial.subscribe(topic);
      }
    }
  }
  call->respond_json(fmt::format(
      R"({{"valid":{},"kind":"{}","reason":{},"subject":{},"issuer":{},"expires":{},"claims":{},)"
      R"("grants":{},"decisions":{}}})",
      shown.has_value(), is_session ? "session" : kind_of(*asked),
      shown ? "null" : proto::json_string(shown.error().message()),
      proto::json_string_or_null(access.subject), proto::json_string_or_null(access.issuer),
      access.expires ? std::to_string(*access.expires) : std::string("null"),
      claims_of(asked->token, call->settings().access.token_bytes_max),
      access::grants_json(access.grants), trial.json()));
}

}  // namespace weir::api
