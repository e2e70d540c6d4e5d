#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "load/http2_connection.hpp"
#include "load/publisher_pool.hpp"

namespace weir::bench {

// Publishers over HTTP/2: `Settings::depth` streams in flight on each connection.
class Http2Publishers final : public PublisherPool {
 public:
  Http2Publishers(EventLoop& loop, const Target& target, const Settings& settings, Faults& faults);

  bool can_publish() const override { return !free_.empty(); }
  void post(const std::string& path, std::string_view content_type, std::string_view body) override;
  void flush() override;

 private:
  class Line final : public Http2Connection {
   public:
    explicit Line(Http2Publishers& pool);
    void post(const std::string& path, std::string_view content_type, std::string_view body);
    bool is_full() const { return in_flight_ == pool_.settings_.depth; }

    bool queued = false;  // is in dirty_

   private:
    struct Request {
      int64_t sent_at_ns;
      int status;
    };

    void on_settings(uint32_t streams_max) override;
    void on_head(size_t stream, int status, bool event_stream) override;
    void on_body(size_t stream, std::string_view bytes) override;
    void on_end(size_t stream, uint32_t error) override;
    void on_goodbye(uint32_t error) override;
    void on_broken(const std::string& why) override;
    void on_read(size_t) override {}

    Http2Publishers& pool_;
    bool connected_ = false;
    size_t in_flight_ = 0;
    // By stream, of all that were ever sent: 16 bytes each are less than looking them up costs.
    std::vector<Request> requests_;
  };

  void connect_all() override;

  std::vector<char> buffer_;
  std::deque<Line> lines_;    // never moves: epoll points at them
  std::deque<Line*> free_;    // with room for one more stream
  std::vector<Line*> dirty_;  // with requests that were not flushed
};

}  // namespace weir::bench
