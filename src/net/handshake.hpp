#pragma once

#include <cstdint>
#include <memory>

#include "net/connection.hpp"
#include "net/http_server_impl.hpp"

namespace weir::net {

/// What a connection is before it speaks HTTP: bytes that have to come within `header_timeout`,
/// after which a successor goes on. Shard thread only; see Connection.
class Handshake : public Connection {
 public:
  using Connection::Connection;

  void start() override;
  void start_refusing() override;
  void on_events(std::uint32_t events) override;
  void on_tick(std::uint64_t entry_tick) override;
  void drain() override;
  void abort() override { close(); }

 protected:
  /// Goes on with what the socket has.
  virtual void go_on() = 0;
  /// The bytes did not come in time; the connection is closed after it.
  virtual void on_timeout() = 0;

  /// The successor has our socket, takes our place, and looks at once for what it may read.
  void hand_over(std::shared_ptr<Connection> successor);
  /// Closes our half and drops what still comes for a while, so that what was said last arrives.
  void linger();
  void close();

 private:
  enum class Stage : std::uint8_t { kWorking, kLinger, kOver };

  void set_deadline(std::uint64_t tick);
  void arm_wheel();

  std::uint64_t deadline_ = 0;
  std::uint64_t armed_tick_ = 0;
  std::size_t lingered_ = 0;
  Stage stage_ = Stage::kWorking;
  bool refusing_ = false;
  bool extended_ = false;
  bool hung_up_ = false;
};

}  // namespace weir::net
