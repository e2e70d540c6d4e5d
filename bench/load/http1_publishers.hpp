#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "load/client_socket.hpp"
#include "load/publisher_pool.hpp"
#include "load/response_reader.hpp"

namespace weir::bench {

// Publishers over HTTP/1.1, which pipeline when they may have more than one request unanswered.
class Http1Publishers final : public PublisherPool {
 public:
  Http1Publishers(EventLoop& loop, const Target& target, const Settings& settings, Faults& faults);

  bool can_publish() const override { return !free_.empty(); }
  void post(const std::string& path, std::string_view content_type, std::string_view body) override;
  void flush() override;

 private:
  struct Publisher : Handler {
    Publisher(Http1Publishers& owner, ResponseReader::Events events)
        : pool(owner), responses(std::move(events)) {}
    void on_ready(uint32_t events) override { pool.on_ready(*this, events); }

    Http1Publishers& pool;
    ClientSocket socket;
    bool connected = false;
    bool queued = false;    // is in dirty_
    uint32_t interest = 0;  // what epoll is asked for
    std::string out;
    std::deque<int64_t> sent_at;  // of the unanswered requests
    ResponseReader responses;
  };

  void connect_all() override;
  Publisher& take_free();
  void on_ready(Publisher& publisher, uint32_t events);
  void connect_further(Publisher& publisher);
  void on_answer(Publisher& publisher, int status);
  void write_out(Publisher& publisher);
  void read_some(Publisher& publisher);
  void wait_for(Publisher& publisher, uint32_t events);

  std::deque<Publisher> publishers_;
  std::deque<Publisher*> free_;  // with room for one more request
  std::vector<Publisher*> dirty_;
  std::vector<char> buffer_;
};

}  // namespace weir::bench
