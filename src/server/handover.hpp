#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "node/listeners.hpp"

namespace weir::server {

// The server that runs offers its listening sockets at a UNIX socket in its data directory; a new
// one asks for them, waits until the old one has let go of the log, and goes on. Connections that
// come in between wait in the sockets' backlogs. docs/decisions/handover.md says why it is done so.
//
//   new: hello                          old: listener … (descriptors), secrets, end
//   new: take                           old: stops accepting, drains, closes the log, closes

/// The offer of the server that runs. Main thread only.
class HandoverOffer {
 public:
  /// Makes DATA_DIR/handover.sock, readable by this user alone; whoever holds the directory's lock
  /// may replace one that is left from before.
  static base::Result<HandoverOffer> open(const std::string& data_dir);

  HandoverOffer() = default;
  HandoverOffer(HandoverOffer&&) = default;
  HandoverOffer& operator=(HandoverOffer&&) = default;

  /// Readable when somebody asks; -1 where nothing is offered.
  int descriptor() const { return socket_.get(); }

  /// Answers one who asks. What is returned is to be closed when the log is free for the new
  /// server; empty if he was another user, or went away before he took. Waits for him two seconds
  /// at most at each step.
  base::Descriptor answer(const node::Listeners& listeners, const std::string& tickets);

  /// Nobody finds it any more; who is connected already waits until the process ends.
  void withdraw();

 private:
  std::string path_;
  base::Descriptor socket_;
};

/// What a new server has taken.
struct Takeover {
  std::vector<node::InheritedSockets> sockets;
  std::string tickets;  ///< TlsTickets::save of the old server.
};

/// Takes over from the server that runs on the data directory, and waits until it has let go of it.
/// Nothing where none runs. kDataDirectoryLocked when it does not let go in time. Blocks.
base::Result<std::optional<Takeover>> take_over(const std::string& data_dir,
                                                std::chrono::milliseconds patience);

}  // namespace weir::server
