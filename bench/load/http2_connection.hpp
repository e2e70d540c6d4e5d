#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "load/client_socket.hpp"
#include "load/event_loop.hpp"
#include "load/http2_session.hpp"

namespace weir::bench {

// A connection that speaks HTTP/2: over plain TCP with prior knowledge, over TLS by ALPN. What its
// streams do goes to the subclass, which is the session's listener.
class Http2Connection : public Handler, public Http2Session::Listener {
 public:
  // Starts to connect; requests may begin at once. `buffer` is what all connections of a pool read
  // into; it must outlive them, as everything here.
  Http2Connection(EventLoop& loop, const Target& target, in_addr_t source,
                  std::vector<char>& buffer);

  Http2Session& session() { return session_; }
  // Sends what the session has to send, as far as the connection takes it. Not from the listener.
  void flush();

 protected:
  // The connection is over; it was told why.
  virtual void on_broken(const std::string& why) = 0;
  // `bytes` were read and told of.
  virtual void on_read(size_t bytes) = 0;
  // When what is being told of was read.
  int64_t read_at_ns() const { return read_at_ns_; }

 private:
  void on_ready(uint32_t events) final;
  // False when it does not stand yet, or never will.
  bool establish();
  void read_all();
  void wait_for(uint32_t events);
  void fail(const std::string& why);

  EventLoop& loop_;
  std::vector<char>& buffer_;
  ClientSocket socket_;
  Http2Session session_;
  std::string out_;  // what did not fit into the socket
  uint32_t interest_;
  bool established_ = false;
  int64_t read_at_ns_ = 0;
};

}  // namespace weir::bench
