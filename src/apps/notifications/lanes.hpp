#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "apps/notifications/deliveries.hpp"

namespace weir::apps::notifications {

/// Which deliveries go when, so that nobody's receivers hold up what is for others. Every channel
/// has room and workers of its own. The receivers of Web Push are whatever users' browsers say, so
/// there a user has one attempt at a time, and the slow ones, whoever's they are, have half of the
/// room and of the workers together. A value: a copy can be asked what would be.
class Lanes {
 public:
  /// `workers`: attempts at once of each channel.
  explicit Lanes(std::size_t workers) : workers_(workers) {}

  enum class Admission {
    kTaken,
    kPutOff,  ///< Not now: what is due after it may have room.
    kFull,    ///< Nor anything else of its channel.
  };
  /// Takes in what is due, to wait for a worker.
  Admission admit(const Delivery& one);
  /// Whether it is in; from `admit` to `release`.
  bool holds(std::int64_t id) const { return held_.contains(id); }
  std::size_t size() const { return held_.size(); }

  /// Whether it may begin now; then it has.
  bool begin(const Delivery& one);
  /// Its attempt has ended; `slow`: it took a worker's time for long.
  void end(const Delivery& one, bool slow);
  /// What became of it is stored.
  void release(std::int64_t id) { held_.erase(id); }

  /// Whether its user's last attempt was slow, or the last one at the same host.
  bool is_slow(const Delivery& one) const { return is_slow(place_of(one)); }

 private:
  /// Where a delivery goes. User and host are those of Web Push alone.
  struct Place {
    std::string channel;
    std::string user;
    std::string host;
    bool running = false;
  };
  static Place place_of(const Delivery& one);
  bool is_slow(const Place& place) const {
    return slow_users_.contains(place.user) || slow_hosts_.contains(place.host);
  }

  std::size_t workers_;
  std::map<std::int64_t, Place> held_;
  std::set<std::string> slow_users_;
  std::set<std::string> slow_hosts_;
};

}  // namespace weir::apps::notifications
