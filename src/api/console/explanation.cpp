#include "api/console/explanation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hub/interest.hpp"
#include "proto/json.hpp"
#include "proto/rfc3339.hpp"

namespace weir::api {
namespace {

using State = hub::Subscriber::State;

bool is_collected(const hub::Wish& wish, const log::Batch& batch, std::size_t event,
                  const log::Floors& floors) {
  std::vector<log::EventRange> ranges;
  hub::collect(*wish.selectors, batch, {.after = {}, .floors = &floors.topics}, ranges);
  return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    return event >= range.first && event < range.first + range.count;
  });
}

std::string_view name_of(const Follower& follower) {
  return follower.name.empty() ? std::string_view("somebody without a token")
                               : std::string_view(follower.name);
}

bool check_topic(Explanation& out, const log::Batch& batch, std::size_t event,
                 const Follower& follower, const log::Floors& floors) {
  const auto& selectors = *follower.wish.selectors;
  std::vector<std::string_view> wanted(selectors.topics.begin(), selectors.topics.end());
  for (const auto& pattern : selectors.patterns) wanted.push_back(pattern.text());
  const bool passed = is_collected(follower.wish, batch, event, floors);
  out.add(
      "topic", passed,
      fmt::format("{} of its topics ({}) is among those followed ({}).", passed ? "One" : "None",
                  fmt::join(batch[event].topics, ", "), fmt::join(wanted, ", ")));
  return passed;
}

bool check_access(Explanation& out, const Follower& follower) {
  out.add("access", !follower.refused,
          follower.refused ? follower.refused->message() + "."
                           : fmt::format("{} may follow what is followed.", name_of(follower)));
  return !follower.refused;
}

bool check_private(Explanation& out, const proto::EventView& event, const Follower& follower) {
  const bool passed = follower.wish.may_see(event);
  out.add("private", passed,
          !event.has(proto::kPrivate) ? std::string("The event is not private.")
          : passed ? "The event is private, and private events of a topic of it are granted."
                   : fmt::format("The event is private, and {} is granted none of its topics.",
                                 name_of(follower)));
  return passed;
}

bool check_filter(Explanation& out, const proto::EventView& event, const Follower& follower) {
  const auto* refinement = follower.wish.refinement.get();
  const bool passed = follower.wish.passes(event);
  if (refinement == nullptr || refinement->filter == nullptr) {
    out.add("filter", passed, "There is no filter.");
  } else {
    out.add("filter", passed,
            fmt::format("The filter {} {}.", refinement->filter->text(),
                        passed ? "lets it pass" : "does not let it pass"));
  }
  return passed;
}

bool check_expiry(Explanation& out, const proto::EventView& event, base::UnixMillis now) {
  const bool passed = !hub::has_expired(event, now);
  out.add("expiry", passed,
          event.expires == 0 ? std::string("It never expires.")
          : passed ? fmt::format("It expires at {}.", proto::format_rfc3339(event.expires))
                   : fmt::format("It expired at {}: who had it by then has it, nobody gets "
                                 "it any more.",
                                 proto::format_rfc3339(event.expires)));
  return passed;
}

/// Whether events may have been left out for who was slow, which a gap or a newer event of the same
/// key told.
bool may_skip(const Follower& follower) {
  return follower.wish.conflates() || follower.place->policy == base::SlowConsumer::kConflate ||
         follower.place->policy == base::SlowConsumer::kDropToLatest;
}

std::string_view check_position(Explanation& out, const proto::EventView& event,
                                const Follower& follower) {
  if (!follower.place) {
    out.add("position", std::nullopt, "Nobody is connected: a stream that begins before it.");
    return "would-be-delivered";
  }
  const auto& place = *follower.place;
  if (event.sequence <= place.began.sequence) {
    out.add("position", false,
            fmt::format("The stream began after {}, which is not before the event.",
                        proto::to_string(place.began)));
    return "before-start";
  }
  if (event.sequence <= place.position.sequence) {
    out.add("position", true,
            fmt::format("Everything up to {} has been handed to its socket{}.",
                        proto::to_string(place.position),
                        may_skip(follower) ? ", but for what was left out while it was slow" : ""));
    return may_skip(follower) ? "delivered-or-skipped" : "delivered";
  }
  out.add("position", false,
          fmt::format("It has come to {}{}.", proto::to_string(place.position),
                      place.blocked                    ? ", and its socket takes nothing"
                      : place.state == State::kWaiting ? ", and waits for the log to be read"
                                                       : ""));
  return "not-yet";
}

void check_rate(Explanation& out, const Follower& follower) {
  if (!follower.wish.paced()) {
    out.add("rate", true, "There is no highest rate.");
    return;
  }
  const double rate = follower.wish.refinement->max_rate;
  out.add(
      "rate", std::nullopt,
      fmt::format("At most {} events a second are delivered; what is over that waits{}.", rate,
                  follower.wish.conflates() ? " or is replaced by a newer one of its key" : ""));
}

std::string passed_json(std::optional<bool> passed) {
  return passed ? (*passed ? "true" : "false") : "null";
}

}  // namespace

std::optional<std::size_t> find_event(const log::Batch& batch, base::Sequence sequence) {
  const auto at = batch.index_after({sequence.value - 1});
  if (at == batch.size() || batch[at].sequence != sequence) return std::nullopt;
  return at;
}

Explanation explain(const log::Batch& batch, std::size_t index, const Follower& follower,
                    const log::Floors& floors, base::UnixMillis now) {
  const auto& event = batch[index];
  Explanation out;
  out.add("retained", true, "The event is in the log.");
  const bool topic = check_topic(out, batch, index, follower, floors);
  const bool access = check_access(out, follower);
  const bool visible = check_private(out, event, follower);
  const bool filter = check_filter(out, event, follower);
  const bool lasts = check_expiry(out, event, now);
  const auto position = check_position(out, event, follower);
  check_rate(out, follower);
  const bool has_passed = position.starts_with("delivered");
  out.verdict = !topic                       ? "not-subscribed"
                : !access                    ? "no-access"
                : !visible                   ? "private"
                : !filter                    ? "filtered"
                : position == "before-start" ? position
                : !lasts && has_passed       ? "delivered-or-expired"
                : !lasts                     ? "expired"
                                             : position;
  return out;
}

std::string event_summary_json(const log::Batch& batch, std::size_t index) {
  const auto& event = batch[index];
  std::string topics;
  for (const auto& topic : event.topics) {
    if (!topics.empty()) topics.push_back(',');
    proto::append_json_string(topics, topic);
  }
  return fmt::format(
      R"({{"cursor":"{}","topics":[{}],"event":{},"time":{},"private":{},"key":{},"bytes":{}}})",
      proto::to_string({batch.epoch(), event.sequence}), topics,
      proto::json_string(event.type.empty() ? "message" : event.type), event.time,
      event.has(proto::kPrivate),
      event.key.empty() ? std::string("null") : proto::json_string(event.key), event.data.size());
}

std::string explanation_json(const Explanation& explanation, std::string_view event_json,
                             const Follower* follower) {
  std::string steps;
  for (const auto& step : explanation.steps) {
    if (!steps.empty()) steps.push_back(',');
    steps += fmt::format(R"({{"check":"{}","passed":{},"detail":{}}})", step.check,
                         passed_json(step.passed), proto::json_string(step.detail));
  }
  const bool one_of_several = follower != nullptr && follower->subscription.has_value();
  return fmt::format(R"({{"event":{},"verdict":"{}","subscription":{},"steps":[{}]}})", event_json,
                     explanation.verdict,
                     one_of_several ? std::to_string(*follower->subscription) : "null", steps);
}

}  // namespace weir::api
