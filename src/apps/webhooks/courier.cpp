#include "apps/webhooks/courier.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace weir::apps {
namespace {

/// FNV-1a: spreads keys over lanes.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

bool is_hidden(const proto::EventView& event, const log::Floors& floors) {
  if (event.sequence <= floors.all) return true;
  if (floors.topics.empty()) return false;
  // Of several topics one that is left is enough.
  return std::all_of(event.topics.begin(), event.topics.end(), [&](std::string_view topic) {
    const auto floor = floors.topics.find(std::string(topic));
    return floor != floors.topics.end() && event.sequence <= floor->second;
  });
}

}  // namespace

Courier::Courier(std::uint64_t number, std::shared_ptr<const Receiver> receiver,
                 base::Sequence cursor, std::uint64_t seed)
    : number_(number), receiver_(std::move(receiver)), seed_(seed), position_(cursor) {
  make_lanes();
}

void Courier::make_lanes() {
  lanes_.clear();
  for (std::uint32_t i = 0; i < config().concurrency; ++i) {
    lanes_.emplace_back(client::Backoff(seed_ + i, config().backoff, config().backoff_max));
  }
}

void Courier::configure(std::shared_ptr<const Receiver> receiver) {
  next_receiver_ = std::move(receiver);
  rest_if_quiet();
}

void Courier::disable(std::string reason) {
  disabled_ = std::move(reason);
  rest_if_quiet();
}

void Courier::enable() {
  disabled_.clear();
  trouble_.clear();
}

/// Begins anew from what is settled, if that has been asked for and nothing is on its way.
void Courier::rest_if_quiet() {
  if (!resting() || in_flight() > 0) return;
  position_ = settled();
  pending_.clear();
  if (next_receiver_) receiver_ = std::exchange(next_receiver_, nullptr);
  make_lanes();
}

std::uint32_t Courier::lane_of(const proto::EventView& event) const {
  if (lanes_.size() == 1) return 0;
  const auto by = event.key.empty() ? event.topics.front() : event.key;
  return static_cast<std::uint32_t>(hash_of(by) % lanes_.size());
}

void Courier::take(const log::BatchPtr& batch, const log::Floors& floors, base::UnixMillis now) {
  for (auto i = batch->index_after(position_); i < batch->size(); ++i) {
    if (!hungry()) return;
    const auto& event = (*batch)[i];
    position_ = event.sequence;
    if (!receiver_->wants(event) || is_hidden(event, floors)) continue;
    if (event.expires != 0 && event.expires <= now) continue;
    const auto lane = lane_of(event);
    pending_.emplace(event.sequence, Pending{{batch, i}, lane});
    lanes_[lane].waiting.push_back(event.sequence);
  }
  pass(batch->last());
}

std::optional<Attempt> Courier::next(Time now) {
  if (resting()) return std::nullopt;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    auto& lane = lanes_[i];
    const bool ready = lane.state == Lane::State::kIdle ||
                       (lane.state == Lane::State::kWaiting && lane.due <= now);
    if (!ready || lane.waiting.empty()) continue;
    lane.state = Lane::State::kInFlight;
    return Attempt{.hook = number_,
                   .lane = i,
                   .event = pending_.at(lane.waiting.front()).event,
                   .receiver = receiver_,
                   .client = std::move(lane.client),
                   .keep = lane.waiting.size() > 1};
  }
  return std::nullopt;
}

std::optional<Courier::Time> Courier::due() const {
  std::optional<Time> earliest;
  for (const auto& lane : lanes_) {
    const bool waits =
        lane.state == Lane::State::kToBury || (lane.state == Lane::State::kWaiting && !resting());
    if (waits && (!earliest || lane.due < *earliest)) earliest = lane.due;
  }
  return earliest;
}

bool Courier::is_over(const Lane& lane, const BatchEvent& event, base::UnixMillis unix_now) const {
  const auto& limits = config();
  if (limits.attempts_max > 0 && lane.attempts >= limits.attempts_max) return true;
  return limits.age_max.count() > 0 &&
         unix_now - event.batch->committed_at() >= limits.age_max.count();
}

Courier::Verdict Courier::finished(Attempt attempt, const Outcome& outcome, Time now,
                                   base::UnixMillis unix_now) {
  auto& lane = lanes_.at(attempt.lane);
  WEIR_CHECK(lane.state == Lane::State::kInFlight, "an attempt ends once");
  lane.state = Lane::State::kIdle;
  lane.client = std::move(attempt.client);
  if (outcome.kind == Outcome::Kind::kDelivered) {
    trouble_.clear();
    settle_first(lane);
    rest_if_quiet();
    return Verdict::kDelivered;
  }
  trouble_ = outcome.reason;
  if (outcome.kind == Outcome::Kind::kGone) {
    disable(outcome.reason);
    return Verdict::kDisabled;
  }
  ++lane.attempts;
  lane.reason = outcome.reason;
  const bool over = is_over(lane, attempt.event, unix_now);
  lane.state = over ? Lane::State::kToBury : Lane::State::kWaiting;
  lane.due = over ? now : now + lane.backoff.after_failure(outcome.retry_after);
  rest_if_quiet();
  return over ? Verdict::kBury : Verdict::kRetry;
}

void Courier::settle_first(Lane& lane) {
  pending_.erase(lane.waiting.front());
  lane.waiting.pop_front();
  lane.attempts = 0;
  lane.reason.clear();
  lane.backoff.succeeded();
}

std::vector<std::uint32_t> Courier::to_bury(Time now) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].state != Lane::State::kToBury || lanes_[i].due > now) continue;
    lanes_[i].state = Lane::State::kBurying;
    out.push_back(i);
  }
  return out;
}

void Courier::buried(std::uint32_t index, bool done, Time now) {
  auto& lane = lanes_.at(index);
  WEIR_CHECK(lane.state == Lane::State::kBurying, "an event is buried once");
  if (done) {
    lane.state = Lane::State::kIdle;
    settle_first(lane);
  } else {
    lane.state = Lane::State::kToBury;
    lane.due = now + lane.backoff.after_failure();
  }
  rest_if_quiet();
}

Courier::Failed Courier::failed(std::uint32_t index) const {
  const auto& lane = lanes_.at(index);
  return {pending_.at(lane.waiting.front()).event, lane.attempts, lane.reason};
}

base::Sequence Courier::settled() const {
  if (pending_.empty()) return position_;
  return {pending_.begin()->first.value - 1};
}

base::Sequence Courier::settled_without(std::uint32_t index) const {
  const auto first = lanes_.at(index).waiting.front();
  auto oldest = pending_.begin();
  if (oldest->first == first) ++oldest;
  return oldest == pending_.end() ? position_ : base::Sequence{oldest->first.value - 1};
}

std::size_t Courier::in_flight() const {
  return static_cast<std::size_t>(std::count_if(lanes_.begin(), lanes_.end(), [](const auto& lane) {
    return lane.state == Lane::State::kInFlight || lane.state == Lane::State::kBurying;
  }));
}

}  // namespace weir::apps
