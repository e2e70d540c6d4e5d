#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "load/chunk_decoder.hpp"
#include "load/client_socket.hpp"
#include "load/subscriber_pool.hpp"

namespace weir::bench {

// Subscribers with a connection each: an event stream over HTTP/1.1, or a WebSocket.
class SocketSubscribers final : public SubscriberPool {
 public:
  SocketSubscribers(EventLoop& loop, const Target& target, const Settings& settings,
                    DeliveryBook& book, Faults& faults);

  void start() override { open_more(); }
  void stall(size_t count) override;
  void unstall() override;

 private:
  enum class State : uint8_t { kIdle, kConnecting, kHead, kStream, kClosed };

  struct Reader : Handler {
    SocketSubscribers* pool = nullptr;
    ClientSocket socket;
    State state = State::kIdle;
    bool chunked = false;
    uint32_t interest = 0;  // what epoll is asked for
    ChunkDecoder chunks;
    ReaderProgress progress;
    std::string carry;  // an unfinished head or event
    void on_ready(uint32_t events) override { pool->on_ready(*this, events); }
  };

  void open_more();
  void connect_reader(size_t index);
  void on_ready(Reader& reader, uint32_t events);
  // Takes a connecting reader as far as it goes now: through the handshake of TLS, to the request.
  // Returns what it waits for then.
  uint32_t connect_further(Reader& reader);
  std::string request(const Reader& reader) const;
  void read_some(Reader& reader);
  // What recv() brought, behind what was carried: `carried + got` bytes at the buffer's front.
  void take(Reader& reader, size_t carried, size_t got);
  // Returns how many of the bytes the head took, or 0 when it is not complete.
  size_t read_head(Reader& reader, std::string_view bytes);
  bool check_head(std::string_view head);
  // Both return how many of the bytes they took.
  size_t read_events(Reader& reader, std::string_view text, int64_t now);
  size_t read_frames(Reader& reader, std::string_view bytes, int64_t now);
  void wait_for(Reader& reader, uint32_t events);
  void fail(Reader& reader, const std::string& why);

  std::deque<Reader> readers_;  // never moves: epoll points at them
  size_t stalled_ = 0;
  std::vector<char> buffer_;
};

}  // namespace weir::bench
