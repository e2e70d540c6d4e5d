#include "api/console/explain_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "api/access/stream_holder.hpp"
#include "api/console/connection_rows.hpp"
#include "api/on_shard.hpp"
#include "api/wish.hpp"
#include "proto/cursor.hpp"
#include "proto/json_object.hpp"
#include "proto/selector.hpp"

namespace weir::api {
namespace {

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kTextsMax = 1'000;
// Of one connection.
constexpr std::size_t kFollowersMax = 1'000;

base::Error wrong(std::string_view name, std::string_view must_be) {
  return base::make_error(base::ErrorCode::kBadRequest,
                          fmt::format("\"{}\" must be {}", name, must_be));
}

/// The best first: who has got it through one of their subscriptions has got it.
std::size_t rank(std::string_view verdict) {
  constexpr std::array<std::string_view, 10> kVerdicts = {"delivered",
                                                          "delivered-or-skipped",
                                                          "delivered-or-expired",
                                                          "not-yet",
                                                          "expired",
                                                          "before-start",
                                                          "filtered",
                                                          "private",
                                                          "no-access",
                                                          "not-subscribed"};
  return static_cast<std::size_t>(std::find(kVerdicts.begin(), kVerdicts.end(), verdict) -
                                  kVerdicts.begin());
}

Explanation without_event(std::string_view verdict, std::string detail) {
  Explanation explanation;
  explanation.verdict = verdict;
  explanation.add("retained", false, std::move(detail));
  return explanation;
}

}  // namespace

void ExplainApi::add_routes(Router& router) {
  router.add("POST", "/v1/explain",
             {[this](const CallPtr& call) { explain(call); }, {}, {}, {}, Audience::kAdmin});
}

base::Result<ExplainApi::Question> ExplainApi::read_question(std::string_view body) {
  Question question;
  const auto read = proto::read_object(
      body, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
        if (name == "topics" || name == "match") {
          auto texts = proto::read_texts(value.bytes, kTextsMax);
          if (!texts) return wrong(name, "a list of strings");
          (name == "topics" ? question.topics : question.match) = std::move(*texts);
          return {};
        }
        auto* text = std::get_if<std::string>(&value.content);
        if (name == "cursor") {
          if (text == nullptr) return wrong(name, "a string");
          question.cursor = std::move(*text);
          return {};
        }
        if (name != "client_id" && name != "token" && name != "filter") {
          return base::make_error(base::ErrorCode::kBadRequest,
                                  fmt::format("\"{}\" is not known", name));
        }
        if (value.is_null()) return {};
        if (text == nullptr) return wrong(name, "a string or null");
        if (name == "client_id") question.client_id = std::move(*text);
        if (name == "token") question.token = std::move(*text);
        if (name == "filter") question.filter = std::move(*text);
        return {};
      });
  if (!read) return read.error();
  if (question.cursor.empty()) return wrong("cursor", "that of an event");
  const bool describes = !question.token.empty() || !question.topics.empty() ||
                         !question.match.empty() || question.filter.has_value();
  if (question.client_id && describes) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            "with a client_id nothing else is asked for but the cursor");
  }
  return question;
}

void ExplainApi::explain(const CallPtr& call) {
  const auto question = read_question(call->body());
  if (!question) return call->fail(question.error());
  if (question->client_id) return find_connected(call, *question);
  auto follower = imagine(*call, *question);
  if (!follower) return call->fail(follower.error());
  std::vector<Follower> followers;
  followers.push_back(std::move(*follower));
  answer(call, question->cursor, std::move(followers));
}

/// Somebody who would subscribe with the token, as a request of theirs is looked at.
base::Result<Follower> ExplainApi::imagine(const Call& call, const Question& question) const {
  auto selectors = proto::make_selectors(question.topics, question.match,
                                         call.settings().subscription_topics_max);
  if (!selectors) return selectors.error();
  hub::SubscribeRequest request;
  WishText text;
  if (question.filter) text.filter = *question.filter;
  if (auto read = read_wish(text, request); !read) return read.error();
  request.selectors = std::make_shared<const proto::Selectors>(std::move(*selectors));
  auto& authority = call.gate().authority();
  auto access = question.token.empty() ? base::Result<access::AccessPtr>(authority.anonymous())
                                       : authority.authenticate(question.token);
  Follower follower;
  if (!access) {
    follower.refused = access.error();
    access = authority.anonymous();
  } else if (auto granted =
                 call.gate().may_subscribe(**access, *request.selectors, (*access)->grants.admin);
             !granted) {
    follower.refused = granted.error();
  }
  if (auto granted = grant_wish(*access, request); !granted) {
    if (!follower.refused) follower.refused = granted.error();
  }
  follower.name = (*access)->subject;
  follower.wish = request.wish();
  return follower;
}

void ExplainApi::find_connected(const CallPtr& call, const Question& question) {
  const auto found = std::make_shared<std::vector<Follower>>();
  hub_.visit_subscribers(
      shard_,
      [found, call, client = NamedClient(*question.client_id)](
          const hub::Shard&, std::size_t, const hub::SubscriberView& subscriber) {
        if (!client.is(subscriber) || found->size() == kFollowersMax) return;
        if (subscriber.interest.selectors->empty()) return;
        Follower follower;
        follower.wish = subscriber.interest;
        if (subscriber.holder != nullptr) {
          follower.name = static_cast<const StreamHolder*>(subscriber.holder)->access->subject;
        }
        follower.place = {.began = subscriber.began,
                          .position = subscriber.cursor,
                          .state = subscriber.state,
                          .blocked = subscriber.blocked,
                          .policy = subscriber.interest.slow_consumer};
        follower.subscription = subscriber.transport.peer(subscriber.sink).subscription;
        found->push_back(std::move(follower));
      },
      [this, found, call, cursor = question.cursor, client_id = *question.client_id] {
        if (found->empty()) {
          return call->fail(base::make_error(base::ErrorCode::kNoConnection, client_id));
        }
        answer(call, cursor, std::move(*found));
      });
}

void ExplainApi::answer(const CallPtr& call, std::string_view text,
                        std::vector<Follower> followers) {
  const auto give_up = [&](std::string_view verdict, std::string detail) {
    call->respond_json(
        explanation_json(without_event(verdict, std::move(detail)), "null", nullptr));
  };
  const auto cursor = proto::parse_cursor(text);
  if (!cursor) return give_up("unknown-cursor", "This is no cursor.");
  if (cursor->epoch != hub_.log().epoch()) {
    return give_up("unknown-cursor", "The cursor is of another log.");
  }
  const auto sequence = cursor->sequence;
  if (sequence.value == 0 || sequence > hub_.log().head()) {
    return give_up("unknown-cursor", "No event has this position.");
  }
  hub_.log().read({.after = {sequence.value - 1}, .bytes_max = 1, .selectors = nullptr},
                  on_shard<log::ReadResult>(
                      hub_.shard(shard_),
                      [this, call, sequence, followers = std::move(followers)](auto result) {
                        if (!result) return call->fail(result.error());
                        answer_read(*call, sequence, followers, *result);
                      }));
}

void ExplainApi::answer_read(Call& call, base::Sequence sequence,
                             const std::vector<Follower>& followers,
                             const log::ReadResult& result) {
  const log::Batch* batch = nullptr;
  std::optional<std::size_t> index;
  for (const auto& each : result.batches) {
    if (each->first() > sequence || each->last() < sequence) continue;
    batch = each.get();
    index = find_event(*batch, sequence);
  }
  if (!index) {
    return call.respond_json(explanation_json(
        without_event("trimmed", "The event is not retained any more, or was deleted."), "null",
        nullptr));
  }
  const auto now = hub_.clock().unix_millis();
  const Follower* best = nullptr;
  Explanation told;
  for (const auto& follower : followers) {
    auto explanation = api::explain(*batch, *index, follower, *result.floors, now);
    if (best != nullptr && rank(told.verdict) <= rank(explanation.verdict)) continue;
    best = &follower;
    told = std::move(explanation);
  }
  call.respond_json(explanation_json(told, event_summary_json(*batch, *index), best));
}

}  // namespace weir::api
