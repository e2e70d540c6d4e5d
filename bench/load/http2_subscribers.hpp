#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load/http2_connection.hpp"
#include "load/subscriber_pool.hpp"

namespace weir::bench {

// Subscribers that are streams of HTTP/2, `Target::streams_per_connection` of them on each
// connection. What the generator keeps of one is small, so that one process has half a million.
class Http2Subscribers final : public SubscriberPool {
 public:
  Http2Subscribers(EventLoop& loop, const Target& target, const Settings& settings,
                   DeliveryBook& book, Faults& faults);

  void start() override { open_more(); }
  void stall(size_t count) override;
  void unstall() override {}

 private:
  enum class State : uint8_t { kIdle, kOpening, kStream, kClosed };

  struct Reader {
    ReaderProgress progress;
    State state = State::kIdle;
    std::unique_ptr<std::string> carry;  // an unfinished event, if there is one
  };

  // A connection; its stream number i is the reader `first_ + i`.
  class Line final : public Http2Connection {
   public:
    Line(Http2Subscribers& pool, size_t number);

   private:
    void on_settings(uint32_t streams_max) override;
    void on_head(size_t stream, int status, bool event_stream) override;
    void on_body(size_t stream, std::string_view bytes) override;
    void on_end(size_t stream, uint32_t error) override;
    void on_goodbye(uint32_t error) override;
    void on_broken(const std::string& why) override;
    void on_read(size_t bytes) override;

    Http2Subscribers& pool_;
    size_t first_;
  };

  // Requests as many streams as may be opening now, and sends the requests.
  void open_more();
  void read_body(Reader& reader, std::string_view bytes, int64_t now);
  size_t scan(Reader& reader, std::string_view text, int64_t now);
  void fail(Reader& reader, const std::string& why);

  std::vector<Reader> readers_;
  std::vector<char> buffer_;
  std::deque<Line> lines_;  // never moves: epoll points at them
};

}  // namespace weir::bench
