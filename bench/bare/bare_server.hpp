#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::bench {

// The least work with which events can reach subscribers over TCP: one thread, one epoll, no log,
// no limits, no parsing beyond what finds a request's end. Its cost is the yardstick for the
// server's.
//
// A GET subscribes to the topic that is its path; a POST to the same path is answered at once and
// its body goes, as one frame encoded once, to each subscriber in one `send()`. With `merge`, what
// all requests of one round of epoll brought for a topic leaves in one `send()` per subscriber. A
// topic's newest frames stay in memory, so that a subscriber may come back with its Last-Event-ID.
// With `websocket` every subscriber gets frames of a WebSocket; what it sends is not read.
class BareServer {
 public:
  struct Settings {
    std::string listen;
    bool merge = false;
    bool websocket = false;  // subscribers are WebSockets instead of event streams
  };

  explicit BareServer(const Settings& settings);

  // Serves until the process is killed.
  void run();

 private:
  static constexpr uint32_t kNoTopic = UINT32_MAX;

  // What the send loop touches, dense in its topic.
  struct Subscriber {
    int descriptor;
    bool blocked;  // bytes wait in Connection::out
  };

  struct Topic {
    std::vector<Subscriber> subscribers;
    uint64_t head = 0;           // sequence of the newest event
    std::string history;         // the newest frames, one after another
    std::vector<size_t> starts;  // where each begins
    std::string merged;          // frames of this round (only with merge)
  };

  struct Connection {
    std::string in;   // an unfinished request
    std::string out;  // what did not fit into the socket
    uint32_t topic = kNoTopic;
    uint32_t position = 0;  // in Topic::subscribers
  };

  void accept_all();
  void read_requests(int descriptor);
  // Handles the complete requests in `bytes`; returns how many bytes they took.
  size_t handle_requests(int descriptor, std::string_view bytes);
  void subscribe(int descriptor, std::string_view path, std::string_view head);
  void publish(std::string_view path, std::string_view body);
  void deliver(Topic& topic, std::string_view frames);
  void flush_merged();
  void send_or_keep(int descriptor, std::string_view bytes);
  void write_rest(int descriptor);
  void wait_for(int descriptor, uint32_t events);
  void close_connection(int descriptor);
  uint32_t topic_of(std::string_view path);

  Settings settings_;
  int listener_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::vector<Topic> topics_;
  std::unordered_map<std::string, uint32_t> topic_numbers_;
  std::vector<uint32_t> topics_to_flush_;
  std::vector<char> buffer_;
  std::string answers_;
};

}  // namespace weir::bench
