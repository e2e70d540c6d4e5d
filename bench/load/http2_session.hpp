#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weir::bench {

// The client's side of one HTTP/2 connection, between bytes and streams; it knows no socket.
class Http2Session {
 public:
  // Streams are named by their order: 0, 1, 2 …
  class Listener {
   public:
    virtual ~Listener() = default;
    // The server's settings have come: how many streams it allows at once.
    virtual void on_settings(uint32_t streams_max) = 0;
    virtual void on_head(size_t stream, int status, bool event_stream) = 0;
    virtual void on_body(size_t stream, std::string_view bytes) = 0;
    // The stream has ended, by `error` of RFC 9113, section 7 (0: none).
    virtual void on_end(size_t stream, uint32_t error) = 0;
    // The server will close the connection.
    virtual void on_goodbye(uint32_t error) = 0;
  };

  // `scheme` is http or https.
  Http2Session(Listener& listener, std::string_view scheme);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Begin a request and return its stream. `last_event_id` is left out if it is empty. Both may be
  // called from the listener. More requests than the server allows at once wait here.
  size_t get(std::string_view path, std::string_view last_event_id);
  size_t post(std::string_view path, std::string_view content_type, std::string_view body);

  // Takes what the connection brought; false when it is not HTTP/2. Not from the listener.
  bool read(std::string_view bytes);
  // Appends what is to be sent; false when what was read is not HTTP/2, for some of that shows only
  // in the answer to it. Not from the listener.
  bool take_output(std::string& out);

 private:
  struct Callbacks;
  struct Body {
    std::string bytes;
    size_t sent = 0;
  };

  static size_t order(int32_t id) { return static_cast<size_t>(id - 1) / 2; }

  Listener& listener_;
  std::string_view scheme_;
  nghttp2_session* session_ = nullptr;
  // Of the head that is being read; heads of one connection never mix.
  int status_ = 0;
  bool event_stream_ = false;
  bool refused_ = false;                      // what the server sent
  std::unordered_map<int32_t, Body> bodies_;  // of the POSTs that are not answered
};

}  // namespace weir::bench
