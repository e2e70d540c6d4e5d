#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>

namespace weir::net {

/// A place in a table whose places are used again: the generation tells a new occupant from the old
/// one.
struct PlaceKey {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;

  friend constexpr bool operator==(PlaceKey, PlaceKey) = default;
};

/// One epoll instance over the sockets of a table, edge-triggered (epoll(7)): each is registered
/// once, and what changes is told once, so a request costs no further epoll_ctl. Whoever hears of
/// input reads until there is none left, or remembers that there may be more; whoever was told that
/// a socket takes no more bytes waits for EPOLLOUT.
///
/// The instance is itself watched by the shard's event loop. Shard thread only.
class EdgePoll {
 public:
  EdgePoll();
  ~EdgePoll();
  EdgePoll(const EdgePoll&) = delete;
  EdgePoll& operator=(const EdgePoll&) = delete;

  /// Registers a socket; what it is ready for now is told by the next poll. False when the system
  /// is out of memory or of watches (fs.epoll.max_user_watches). Closing the socket takes it off.
  bool add(int descriptor, PlaceKey key);
  /// For a socket that lives on elsewhere.
  void remove(int descriptor);
  /// Has what the socket is ready for now told once more, for input that was left in it.
  void rearm(int descriptor, PlaceKey key);

  /// Calls `handle(PlaceKey, std::uint32_t events)` for what has happened, up to a batch of it. A
  /// place may have been given up, and taken again, by an event before: compare the generation.
  template <typename Handle>
  void poll(Handle&& handle) {
    std::array<epoll_event, kEventsPerPoll> events;
    const int count = wait(events.data());
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      handle(unpack(event.data.u64), event.events);
    }
  }

  /// Readable while something waits to be told.
  int descriptor() const { return epoll_; }

 private:
  static constexpr std::size_t kEventsPerPoll = 256;

  bool control(int operation, int descriptor, PlaceKey key);
  int wait(epoll_event* events);
  static PlaceKey unpack(std::uint64_t packed) {
    return {static_cast<std::uint32_t>(packed), static_cast<std::uint32_t>(packed >> 32)};
  }

  int epoll_;
};

}  // namespace weir::net
