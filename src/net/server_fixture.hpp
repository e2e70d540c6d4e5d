#pragma once

// A server on a port of its own in a thread of its own, a scripted handler, and a client that
// speaks bytes.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/handler.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "net/stream_table.hpp"

namespace weir::net::test {

/// A blocking client socket. Reading gives up after ten seconds: nothing here sleeps, everything
/// waits.
class Client {
 public:
  explicit Client(const std::string& address, int receive_buffer = 0);
  ~Client() { close(); }
  Client(Client&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes);
  void shut_down_sending();
  /// Closes with a reset.
  void reset();
  void close();
  /// One read: empty at the end or on a reset.
  std::string receive();
  /// Reads on until the text has come; what was read up to and including it.
  std::string receive_until(std::string_view text);
  /// Everything up to the end.
  std::string receive_all();
  /// One whole answer, by Content-Length or chunked framing; `head` for a HEAD request's.
  std::string receive_answer(bool head = false);
  int descriptor() const { return descriptor_; }

 private:
  bool fill();

  int descriptor_ = -1;
  std::string buffer_;
};

/// Tells by itself: GET /echo answers the target, POST /echo the body, /later answers when told to,
/// /stream detaches, /pieces answers in chunks, /upload streams its body (a piece with STOP is
/// refused, one with PAUSE is the last for a while), /refuse refuses it; /amplify answers each byte
/// of its body with a hundred, /late, too, but holds that back until the body has ended, or there
/// is no room.
class ScriptedHandler final : public Handler {
 public:
  BodyPlan plan(const RequestHead& head) override;
  void on_request(std::shared_ptr<Exchange> exchange) override;
  void on_body(const std::shared_ptr<Exchange>& exchange, std::string_view bytes) override;
  void on_body_end(const std::shared_ptr<Exchange>& exchange) override;

  std::vector<std::shared_ptr<Exchange>> waiting;
  std::shared_ptr<Exchange> paused;  ///< The upload that said PAUSE.
  std::function<void(const std::shared_ptr<Exchange>&)> on_stream;
  std::function<void()> on_later;
  std::map<Exchange*, std::size_t> uploads;
  std::map<Exchange*, std::string> held_back;  ///< Of /late.
  std::size_t amplified = 0;                   ///< Bytes of answers to /amplify and /late.
  std::atomic<int> aborted{0};  ///< Told on the loop, after what the client sees: wait for it.
  std::atomic<int> requests{0};

 private:
  void count_abort();
  void amplify(Exchange& exchange, std::size_t bytes);
};

class NoObserver final : public StreamObserver {
 public:
  void on_writable(StreamId, StreamOwner) override {}
  void on_closed(StreamId, StreamOwner) override {}
};

class TestServer {
 public:
  /// `options.tls` needs a context.
  explicit TestServer(const base::Settings& settings = {}, StreamObserver* observer = nullptr,
                      const ListenerOptions& options = {},
                      std::shared_ptr<const TlsContext> tls = nullptr);
  ~TestServer();

  Client connect() const { return Client(address); }
  /// Runs on the server's thread and waits for it.
  void on_loop(const std::function<void()>& callback);

  std::string address;
  HttpMetrics metrics;
  ScriptedHandler handler;
  std::unique_ptr<StreamTable> streams;
  std::unique_ptr<HttpServer> server;
  Loop loop;

 private:
  NoObserver no_observer_;
  std::thread thread_;
};

int status_of(std::string_view answer);
std::string body_of(std::string_view answer);

}  // namespace weir::net::test
