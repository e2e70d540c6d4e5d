#pragma once

// A client of HTTP/2 over a real socket: nghttp2's own client session, and bytes by hand for what
// no library would send.

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/server_fixture.hpp"

namespace weir::net::test {

/// The defaults but for what `change` changes.
template <typename Change>
base::Settings with(Change&& change) {
  base::Settings settings;
  change(settings);
  return settings;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

class Http2Client {
 public:
  struct Answer {
    int status = 0;
    std::vector<int> interim;
    Fields fields;
    std::string body;
    bool ended = false;   ///< END_STREAM
    bool closed = false;  ///< Both halves, or reset.
    std::uint32_t code = 0;

    std::string field(std::string_view name) const;
  };
  struct Options {
    std::uint32_t window = 1 << 20;
    bool credits = true;  ///< Gives credit for what was read by itself.
  };

  explicit Http2Client(const std::string& address) : Http2Client(address, Options{}) {}
  Http2Client(const std::string& address, const Options& options);
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  /// Sends a request, without waiting. Without a body it ends with its head.
  std::int32_t request(const std::string& method, const std::string& path, const Fields& more = {},
                       std::optional<std::string> body = std::nullopt);
  /// A request whose body is sent by hand.
  std::int32_t open(const std::string& method, const std::string& path, const Fields& more = {});
  void send_body(std::int32_t id, std::string bytes, bool last);

  /// Sends and reads until the condition holds; fails when the connection ends before.
  void run_until(const std::function<bool()>& condition);
  /// Reads until the server has closed; true if it did so without an error of the socket.
  void run_to_end();
  const Answer& finish(std::int32_t id);
  Answer get(const std::string& path) { return finish(request("GET", path)); }
  Answer& answer(std::int32_t id) { return answers_[id]; }

  void flush();
  bool is_over() const { return over_; }
  int goaways() const { return goaways_; }
  std::uint32_t goaway_code() const { return goaway_code_; }
  std::int32_t goaway_last() const { return goaway_last_; }
  int pings() const { return pings_; }
  nghttp2_session* session() { return session_; }
  Client& socket() { return socket_; }

 private:
  struct Upload {
    std::string bytes;
    std::size_t sent = 0;
    bool last = false;
  };
  friend struct ClientCallbacks;

  Client socket_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Answer> answers_;
  std::map<std::int32_t, Upload> uploads_;
  bool over_ = false;
  int goaways_ = 0;
  std::uint32_t goaway_code_ = 0;
  std::int32_t goaway_last_ = 0;
  int pings_ = 0;
};

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;

  std::uint32_t number(std::size_t at) const;
};

/// A frame as bytes (RFC 9113, 4.1).
std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload = {});
std::string number(std::uint32_t value);
/// A header block of literals that are not indexed.
std::string block(const Fields& fields);
/// The block of a GET.
std::string get_block(std::string_view path = "/");

/// A connection that sends bytes and reads frames.
class RawHttp2 {
 public:
  /// Sends the preface and an empty SETTINGS.
  explicit RawHttp2(const std::string& address);

  void send(std::string_view bytes) { socket_.send(bytes); }
  /// The next frame; nothing at the connection's end.
  std::optional<Frame> receive();
  /// Reads over what comes until a frame of this type.
  std::optional<Frame> receive(std::uint8_t type);
  /// The error code of the GOAWAY that ends the connection; nothing where it ends without one.
  std::optional<std::uint32_t> end();
  /// The same for a stream that is reset.
  std::optional<std::uint32_t> reset_of(std::uint32_t stream);
  /// Whether the connection still answers.
  bool answers_ping();
  Client& socket() { return socket_; }

 private:
  Client socket_;
  std::string buffer_;
};

}  // namespace weir::net::test
