#include "apps/notifications/keeper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "apps/notifications/addresses.hpp"
#include "apps/notifications/audience.hpp"
#include "apps/notifications/draft.hpp"
#include "apps/notifications/outbox.hpp"
#include "apps/notifications/store.hpp"
#include "apps/notifications/telling.hpp"
#include "base/logging.hpp"

namespace weir::apps::notifications {
namespace {

using base::Result;

/// Of due and old notifications in one commit: a few milliseconds, in which publishers wait.
constexpr std::size_t kStep = 128;
/// How long a delivery is put off whose user has enough under way; if that is because it is slow,
/// so many times what an attempt may take.
constexpr base::UnixMillis kPutOff = 1'000;
constexpr base::UnixMillis kPutOffAttempts = 4;
/// An attempt is slow that takes more than this part of what it may.
constexpr base::UnixMillis kSlowPart = 3;
/// What has waited for longer in memory is picked anew: it may not be wanted any more.
constexpr base::UnixMillis kFreshFor = 5'000;
constexpr base::UnixMillis kRetentionEvery = 60LL * 60 * 1'000;
constexpr base::UnixMillis kRetryCommit = 5'000;

/// The address is nobody's any more.
Result<> forget_push(const Commit& commit, const Delivery& delivery) {
  auto user = store::user(commit.state(), delivery.user);
  if (!user) return user.error();
  auto addresses = Addresses::parse(user->addresses);
  if (!addresses) return {};
  const auto gone = std::erase_if(
      addresses->push, [&](const auto& each) { return to_json(each) == delivery.address; });
  if (gone == 0) return {};
  return store::save_addresses(commit.state(), delivery.user, addresses->to_json());
}

}  // namespace

void Keeper::note_due(base::UnixMillis time) {
  if (time != 0 && (due_ == 0 || time < due_)) due_ = time;
}

std::optional<base::UnixMillis> Keeper::due() const {
  if (busy_) return std::nullopt;
  if (due_ == 0) return retention_due_;
  return std::min(due_, retention_due_);
}

void Keeper::step() {
  const auto now = context_.clock->unix_millis();
  if (const auto at = due(); !at || *at > now) return;
  busy_ = true;
  const bool retention = now >= retention_due_;
  due_ = 0;
  auto turn = std::make_shared<Turn>();
  // A copy of what is on its way: the commit runs on another thread.
  context_.commit(
      [this, turn, retention, lanes = lanes_, broadcast = broadcast_](const Commit& commit) {
        *turn = {};
        return run(commit, lanes, retention, broadcast, *turn);
      },
      [this, turn, began = retention ? now : 0](const Result<>& outcome) {
        finished(outcome, began, std::move(*turn));
      });
}

Result<> Keeper::run(const Commit& commit, Lanes lanes, bool retention, std::int64_t broadcast,
                     Turn& turn) {
  const auto& settings = commit.settings;
  auto due_done = step_due(commit, kStep);
  if (!due_done) return due_done.error();
  auto stepped = step_broadcast(commit, settings.broadcast_batch, broadcast);
  if (!stepped) return stepped.error();
  turn.broadcast = *stepped;
  turn.more = !*due_done || *stepped != 0;
  if (retention) {
    auto retired = step_retention(commit, kStep);
    if (!retired) return retired.error();
    turn.older = !*retired;
  }
  for (const auto channel : kChannels) {
    if (auto picked = pick(commit, channel, lanes, turn); !picked) return picked;
  }
  for (const auto& next :
       {store::next_due(commit.state()), deliveries::next_due(commit.state(), commit.now())}) {
    if (!next) return next.error();
    if (*next != 0 && (turn.next_due == 0 || *next < turn.next_due)) turn.next_due = *next;
  }
  auto left = audience::under_way(commit.state());
  if (!left) return left.error();
  turn.broadcasts = *left;
  return {};
}

Result<> Keeper::pick(const Commit& commit, std::string_view channel, Lanes& lanes, Turn& turn) {
  using Admission = Lanes::Admission;
  auto found = deliveries::due(commit.state(), channel, commit.now(), kStep);
  if (!found) return found.error();
  for (auto& one : *found) {
    if (lanes.holds(one.id)) continue;
    const auto send = still_to_send(commit, one);
    if (!send) return send.error();
    if (!*send) continue;
    switch (lanes.admit(one)) {
      case Admission::kTaken:
        turn.to_send.push_back(std::move(one));
        break;
      case Admission::kPutOff: {
        const auto slow = kPutOffAttempts * commit.settings.attempt_timeout.count();
        one.next_at = commit.now() + (lanes.is_slow(one) ? slow : kPutOff);
        if (auto saved = deliveries::save(commit.state(), one); !saved) return saved;
        ++turn.put_off;
        break;
      }
      case Admission::kFull:
        turn.waiting = true;
        return {};
    }
  }
  if (found->size() == kStep) turn.more = true;
  return {};
}

void Keeper::finished(const Result<>& outcome, base::UnixMillis retention, Turn turn) {
  busy_ = false;
  const auto now = context_.clock->unix_millis();
  if (!outcome) {
    if (!std::exchange(failing_, true)) {
      base::log_warning("notifications.failing", "error=\"{}\"", outcome.error().message());
    }
    note_due(now + kRetryCommit);
    retention_due_ = std::max(retention_due_, now + kRetryCommit);
    return;
  }
  if (std::exchange(failing_, false)) {
    base::log_info("notifications.recovered", "in_flight={}", lanes_.size());
  }
  metrics_.broadcasts.set(turn.broadcasts);
  note_due(turn.more ? now : turn.next_due);
  // The rest of it at once, and not in an hour.
  if (retention != 0) retention_due_ = turn.older ? now : retention + kRetentionEvery;
  waiting_ = turn.waiting;
  broadcast_ = turn.broadcast;
  metrics_.put_off.add(turn.put_off);
  for (auto& delivery : turn.to_send) {
    if (lanes_.admit(delivery) == Lanes::Admission::kTaken) {
      queue_.push_back({std::move(delivery), now});
    } else {
      // Meanwhile its user, or its host, has turned out to be slow.
      note_due(now + kPutOff);
    }
  }
  begin_what_may();
}

void Keeper::begin_what_may() {
  const auto now = context_.clock->unix_millis();
  for (auto each = queue_.begin(); each != queue_.end();) {
    if (!lanes_.begin(each->delivery)) {
      ++each;
      continue;
    }
    auto [delivery, since] = std::move(*each);
    each = queue_.erase(each);
    if (now - since <= kFreshFor) {
      context_.carry(std::move(delivery));
      continue;
    }
    lanes_.release(delivery.id);
    note_due(now);
  }
  metrics_.in_flight.set(lanes_.size());
}

void Keeper::attempt_ended(Delivery delivery, const Outcome& outcome, base::UnixMillis began) {
  const auto now = context_.clock->unix_millis();
  lanes_.end(delivery, (now - began) * kSlowPart > context_.settings().attempt_timeout.count());
  begin_what_may();
  const bool delivered = outcome.kind == Outcome::Kind::kDelivered;
  deliveries::add_to_record(delivery, began, now, delivered ? "delivered" : "failed",
                            outcome.reason);
  ++delivery.attempts;
  settle(delivery, outcome, now);
  save(delivery, outcome.kind == Outcome::Kind::kGone && delivery.channel == "push");
}

void Keeper::settle(Delivery& delivery, const Outcome& outcome, base::UnixMillis now) {
  using Kind = Outcome::Kind;
  if (outcome.kind == Kind::kDelivered) {
    delivery.state = Delivery::State::kDelivered;
    metrics_.delivered.add();
    return;
  }
  metrics_.attempts_failed.add();
  const auto settings = context_.settings();
  if (outcome.kind != Kind::kFailed || delivery.attempts >= settings.attempts_max) {
    delivery.state = Delivery::State::kFailed;
    metrics_.given_up.add();
    base::log_warning("notifications.delivery_given_up",
                      "channel={} notification={} attempts={} reason=\"{}\"", delivery.channel,
                      id_text(delivery.notification), delivery.attempts, outcome.reason);
    return;
  }
  // "Full jitter" under a bound that doubles with each failure.
  const auto most = static_cast<std::uint64_t>(settings.backoff_max.count());
  auto bound = static_cast<std::uint64_t>(settings.backoff.count());
  for (std::uint32_t i = 1; i < delivery.attempts && bound < most; ++i) bound *= 2;
  auto wait = static_cast<base::UnixMillis>(random_.below(std::min(bound, most) + 1));
  if (outcome.retry_after) wait = std::max<base::UnixMillis>(wait, outcome.retry_after->count());
  delivery.next_at = now + wait;
}

void Keeper::save(const Delivery& delivery, bool gone) {
  context_.commit(
      [delivery, gone](const Commit& commit) -> Result<> {
        if (gone) {
          if (auto forgotten = forget_push(commit, delivery); !forgotten) return forgotten;
        }
        return deliveries::save(commit.state(), delivery);
      },
      [this, delivery](const Result<>& outcome) {
        lanes_.release(delivery.id);
        metrics_.in_flight.set(lanes_.size());
        const auto now = context_.clock->unix_millis();
        // Not saved, it is made once more: better twice than never.
        if (!outcome) return note_due(now + kRetryCommit);
        if (delivery.state == Delivery::State::kPending) note_due(delivery.next_at);
        if (std::exchange(waiting_, false)) note_due(now);
      });
}

}  // namespace weir::apps::notifications
