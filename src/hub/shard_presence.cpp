// Who is on a topic: subscribers come and go, and those who are there are told.

#include <algorithm>
#include <iterator>
#include <utility>

#include "hub/shard.hpp"

namespace weir::hub {
namespace {

// A batch of presence events holds no more than these, so that its delivery has an end.
constexpr std::size_t kBatchEvents = 1000;

}  // namespace

/// Before the subscriber's selectors become its interest's. It is present from `start` on.
void Shard::prepare_presence(Subscriber& subscriber, SubscribeRequest& request) {
  if (request.present_id.empty()) return;
  std::vector<std::string> topics;
  std::copy_if(request.selectors->topics.begin(), request.selectors->topics.end(),
               std::back_inserter(topics), [this](const auto& topic) {
                 return rules_->presence(topic) != base::Presence::kOff;
               });
  if (topics.empty()) return;
  if (subscriber.extras == nullptr) subscriber.extras = std::make_unique<SubscriberExtras>();
  subscriber.extras->arriving = std::make_unique<Presence::Member>(
      Presence::Member{{std::move(request.present_id), std::move(request.user),
                        subscriber.transport->name(), clock_->unix_millis()},
                       std::move(topics)});
}

void Shard::become_present(Subscriber& subscriber) {
  auto& extras = *subscriber.extras;
  if (extras.arriving == nullptr) return;
  extras.present = presence_.join(std::move(extras.arriving));
  note_presence();
}

void Shard::leave_presence(Subscriber& subscriber) {
  if (subscriber.extras->present == nullptr) return;
  presence_.leave(std::move(subscriber.extras->present));
  note_presence();
}

void Shard::note_presence() {
  metrics_.presence_members.set(presence_.members());
  if (presence_tick_ == 0) presence_tick_ = wheel_.now() + to_ticks(settings_->presence_window);
}

void Shard::tell_presence() {
  presence_tick_ = 0;
  std::uint64_t untold = 0;
  auto events = presence_.take_events(
      [this](std::string_view topic) { return rules_->presence(topic) == base::Presence::kEvents; },
      settings_->presence_events_max, untold);
  // Everybody leaves a server that stops; that is no news of them.
  if (drain_window_ || !announce_) return;
  metrics_.presence_events.add(events.size());
  metrics_.presence_untold.add(untold);
  for (std::size_t done = 0; done < events.size(); done += kBatchEvents) {
    const auto begin = events.begin() + static_cast<std::ptrdiff_t>(done);
    const auto count = std::min(kBatchEvents, events.size() - done);
    announce_({std::make_move_iterator(begin),
               std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(count))});
  }
}

}  // namespace weir::hub
