#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/settings.hpp"
#include "base/types.hpp"
#include "hub/subscriber.hpp"
#include "hub/wish.hpp"
#include "log/batch.hpp"
#include "log/log.hpp"
#include "proto/cursor.hpp"

namespace weir::api {

/// Where somebody who is connected is.
struct FollowerPlace {
  proto::Cursor began;
  proto::Cursor position;
  hub::Subscriber::State state = hub::Subscriber::State::kLive;
  bool blocked = false;
  base::SlowConsumer policy = base::SlowConsumer::kCatchUp;
};

/// Somebody of whom it is asked whether an event reaches them.
struct Follower {
  hub::Wish wish;
  std::string name;                    ///< Of the subject; empty: anonymous.
  std::optional<base::Error> refused;  ///< Why they may not follow what they want to.
  std::optional<FollowerPlace> place;  ///< Nothing: they would connect with a cursor before it.
  std::optional<std::uint32_t> subscription = {};
};

/// One of the questions that delivery asks, and its answer.
struct ExplainStep {
  std::string_view check;
  std::optional<bool> passed;  ///< Nothing: it does not apply, or nobody knows.
  std::string detail;
};

struct Explanation {
  std::string_view verdict;
  std::vector<ExplainStep> steps;

  void add(std::string_view check, std::optional<bool> passed, std::string detail) {
    steps.push_back({check, passed, std::move(detail)});
  }
};

/// What becomes of the event for the follower, asked of what delivery asks (hub/wish.hpp,
/// hub/interest.hpp), in its order; every question is answered, whatever the others say.
Explanation explain(const log::Batch& batch, std::size_t event, const Follower& follower,
                    const log::Floors& floors, base::UnixMillis now);

/// Where the batch has an event with that position; nothing if it is not there.
std::optional<std::size_t> find_event(const log::Batch& batch, base::Sequence sequence);

std::string event_summary_json(const log::Batch& batch, std::size_t event);
std::string explanation_json(const Explanation& explanation, std::string_view event_json,
                             const Follower* follower);

}  // namespace weir::api
