#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/guarded.hpp"

namespace weir::net {

/// A key that session tickets are encrypted with (RFC 5077, 4; RFC 8446, 4.6.1).
struct TlsTicketKey {
  std::array<unsigned char, 16> name{};  ///< Sent with the ticket, to find the key again.
  std::array<unsigned char, 32> cipher{};
  std::array<unsigned char, 32> mac{};
};

/// The keys of all shards' session tickets, so that a client may come back to any of them, and to a
/// server that has loaded new certificates since. The key changes with time; the one before it
/// still reads. Who has the keys can read what was resumed with them, therefore they live in memory
/// only and for hours. Any thread; asked once or twice a handshake.
class TlsTickets {
 public:
  /// `rotation`: how long a key writes.
  explicit TlsTickets(std::chrono::milliseconds rotation);

  void set_rotation(std::chrono::milliseconds rotation);
  std::chrono::milliseconds rotation() const;

  struct Found {
    TlsTicketKey key;
    bool current = true;  ///< Else the client should get a ticket with the new one.
  };
  /// The key to write with at `now`, a new one when it is time.
  TlsTicketKey current(std::chrono::steady_clock::time_point now);
  /// The key of a ticket; nothing when it is too old or another server's.
  std::optional<Found> find(std::string_view name, std::chrono::steady_clock::time_point now);

  /// The keys as bytes, for the server that takes over on this machine. A secret.
  std::string save() const;
  /// False for bytes that `save` has not written; nothing is changed then.
  bool restore(std::string_view saved);

 private:
  struct State {
    TlsTicketKey current;
    TlsTicketKey previous;
    bool has_previous = false;
    std::chrono::steady_clock::time_point made;
    std::chrono::milliseconds rotation;
  };
  static void rotate(State& state, std::chrono::steady_clock::time_point now);

  mutable base::Guarded<State> state_;
};

}  // namespace weir::net
