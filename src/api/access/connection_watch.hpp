#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// An open stream, as somebody who watches them is told.
struct OpenConnection {
  std::string client_id;       ///< What the welcome says.
  std::string_view transport;  ///< "sse", "websocket".
  std::string user;            ///< Verified; empty: nobody in particular.
  std::string address;         ///< The client's, as limits count it; "unix" where it has none.
  std::shared_ptr<const proto::Selectors> topics;  ///< What it was opened for.
};

/// Hears of streams that are opened and closed, each on its shard's thread, so also of several at
/// once. Must not block, and must not touch the hub but by what is for any thread.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;
  virtual void opened(const OpenConnection& connection) = 0;
  virtual void closed(const OpenConnection& connection) = 0;
};

/// From the opening to the end of one stream; destroyed with it.
class ConnectionWatch {
 public:
  /// Tells the gate's observer that the call has become a stream; null where nobody watches.
  static std::unique_ptr<ConnectionWatch> begin(const Call& call, std::string client_id,
                                                std::string_view transport,
                                                std::shared_ptr<const proto::Selectors> topics);
  ~ConnectionWatch() { observer_.closed(connection_); }
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

 private:
  ConnectionWatch(ConnectionObserver& observer, OpenConnection connection)
      : observer_(observer), connection_(std::move(connection)) {
    observer_.opened(connection_);
  }

  ConnectionObserver& observer_;
  OpenConnection connection_;
};

}  // namespace weir::api
