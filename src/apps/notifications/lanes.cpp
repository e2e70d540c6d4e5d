#include "apps/notifications/lanes.hpp"

#include <algorithm>

#include "apps/notifications/addresses.hpp"
#include "client/url.hpp"

namespace weir::apps::notifications {
namespace {

/// Of one channel, so that a worker is never idle for want of a commit.
constexpr std::size_t kRoom = 64;
/// Of one user's Web Push: a notification for all of his browsers.
constexpr std::size_t kRoomOfUser = 10;
/// What is remembered of slow ones; beyond that some are forgotten until they are slow again.
constexpr std::size_t kSlowMax = 1'000;

template <typename Test>
std::size_t count(const auto& held, const Test& test) {
  return static_cast<std::size_t>(std::count_if(
      held.begin(), held.end(), [&](const auto& entry) { return test(entry.second); }));
}

void remember(std::set<std::string>& slow, const std::string& name, bool is_slow) {
  if (!is_slow) {
    slow.erase(name);
  } else if (slow.insert(name).second && slow.size() > kSlowMax) {
    slow.erase(slow.begin()->compare(name) == 0 ? std::next(slow.begin()) : slow.begin());
  }
}

}  // namespace

Lanes::Place Lanes::place_of(const Delivery& one) {
  Place place{.channel = one.channel, .user = {}, .host = {}};
  if (one.channel != "push") return place;
  place.user = one.user;
  const auto to = read_push_subscription(one.address);
  const auto url = to ? client::parse_url(to->endpoint) : to.error();
  if (url) place.host = url->host;
  return place;
}

Lanes::Admission Lanes::admit(const Delivery& one) {
  auto place = place_of(one);
  const auto in_channel =
      count(held_, [&](const Place& each) { return each.channel == place.channel; });
  if (in_channel >= kRoom) return Admission::kFull;
  if (!place.user.empty()) {
    const auto of_user = count(held_, [&](const Place& each) { return each.user == place.user; });
    if (of_user >= kRoomOfUser) return Admission::kPutOff;
    if (is_slow(place) &&
        count(held_, [&](const Place& each) { return is_slow(each); }) >= kRoom / 2) {
      return Admission::kPutOff;
    }
  }
  held_.emplace(one.id, std::move(place));
  return Admission::kTaken;
}

bool Lanes::begin(const Delivery& one) {
  const auto at = held_.find(one.id);
  if (at == held_.end() || at->second.running) return false;
  auto& place = at->second;
  const auto running = [&](const auto& test) {
    return count(held_, [&](const Place& each) { return each.running && test(each); });
  };
  if (running([&](const Place& each) { return each.channel == place.channel; }) >= workers_) {
    return false;
  }
  if (!place.user.empty()) {
    if (running([&](const Place& each) { return each.user == place.user; }) > 0) return false;
    const auto slow_max = std::max<std::size_t>(workers_ / 2, 1);
    if (is_slow(place) && running([&](const Place& each) { return is_slow(each); }) >= slow_max) {
      return false;
    }
  }
  return place.running = true;
}

void Lanes::end(const Delivery& one, bool slow) {
  const auto at = held_.find(one.id);
  if (at == held_.end()) return;
  at->second.running = false;
  if (at->second.user.empty()) return;
  remember(slow_users_, at->second.user, slow);
  if (!at->second.host.empty()) remember(slow_hosts_, at->second.host, slow);
}

}  // namespace weir::apps::notifications
