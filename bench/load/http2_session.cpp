#include "load/http2_session.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "common/fatal.hpp"

namespace weir::bench {
namespace {

// As large as browsers have them. nghttp2 opens a window again when half of it is used, so nothing
// stalls, and an update is rare enough not to be what is measured.
constexpr uint32_t kStreamWindow = 6 << 20;
constexpr int32_t kConnectionWindow = 15 << 20;

// nghttp2 takes pointers to what it does not change.
uint8_t* bytes_of(std::string_view text) {
  return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  return {bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

void require(int result, const char* what) {
  if (result < 0) fatal(std::string(what) + ": " + nghttp2_strerror(result));
}

}  // namespace

struct Http2Session::Callbacks {
  static Http2Session& self(void* user) { return *static_cast<Http2Session*>(user); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame*, void* user) {
    self(user).status_ = 0;
    self(user).event_stream_ = false;
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, const uint8_t* name,
                       size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                       void* user) {
    std::string_view key(reinterpret_cast<const char*>(name), name_size);
    std::string_view text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status") {
      std::from_chars(text.data(), text.data() + text.size(), self(user).status_);
    } else if (key == "content-type") {
      self(user).event_stream_ = text.starts_with("text/event-stream");
    }
    return 0;
  }

  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2Session& own = self(user);
    if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
      own.listener_.on_settings(
          nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
    } else if (frame->hd.type == NGHTTP2_GOAWAY) {
      own.listener_.on_goodbye(frame->goaway.error_code);
    } else if (frame->hd.type == NGHTTP2_HEADERS && own.status_ >= 200) {
      // Neither an interim response nor trailers.
      own.listener_.on_head(order(frame->hd.stream_id), own.status_, own.event_stream_);
    }
    return 0;
  }

  // What breaks the protocol makes nghttp2 say goodbye, of which it tells only here.
  static int on_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) self(user).refused_ = true;
    return 0;
  }

  static int on_data(nghttp2_session*, uint8_t, int32_t stream, const uint8_t* data, size_t size,
                     void* user) {
    self(user).listener_.on_body(order(stream), {reinterpret_cast<const char*>(data), size});
    return 0;
  }

  static int on_close(nghttp2_session*, int32_t stream, uint32_t error, void* user) {
    self(user).bodies_.erase(stream);
    self(user).listener_.on_end(order(stream), error);
    return 0;
  }

  static ssize_t read_body(nghttp2_session*, int32_t stream, uint8_t* into, size_t size,
                           uint32_t* flags, nghttp2_data_source*, void* user) {
    Body& body = self(user).bodies_.at(stream);
    size_t now = std::min(size, body.bytes.size() - body.sent);
    std::memcpy(into, body.bytes.data() + body.sent, now);
    body.sent += now;
    if (body.sent == body.bytes.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(now);
  }
};

Http2Session::Http2Session(Listener& listener, std::string_view scheme)
    : listener_(listener), scheme_(scheme) {
  nghttp2_session_callbacks* callbacks = nullptr;
  require(nghttp2_session_callbacks_new(&callbacks), "nghttp2 gives no callbacks");
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Callbacks::on_sent);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::on_close);
  nghttp2_option* option = nullptr;
  require(nghttp2_option_new(&option), "nghttp2 gives no options");
  // No request leaves before the server has said how many it allows.
  nghttp2_option_set_peer_max_concurrent_streams(option, 0);
  int made = nghttp2_session_client_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  require(made, "nghttp2 gives no session");
  const std::array<nghttp2_settings_entry, 2> settings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
  }};
  require(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()),
          "nghttp2 takes no settings");
  require(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow),
          "nghttp2 takes no window");
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

size_t Http2Session::get(std::string_view path, std::string_view last_event_id) {
  const std::array<nghttp2_nv, 6> fields{field(":method", "GET"),
                                         field(":scheme", scheme_),
                                         field(":authority", "bench"),
                                         field(":path", path),
                                         field("accept", "text/event-stream"),
                                         field("last-event-id", last_event_id)};
  size_t count = fields.size() - (last_event_id.empty() ? 1 : 0);
  int32_t id = nghttp2_submit_request(session_, nullptr, fields.data(), count, nullptr, nullptr);
  require(id, "nghttp2 takes no request");
  return order(id);
}

size_t Http2Session::post(std::string_view path, std::string_view content_type,
                          std::string_view body) {
  const std::string length = std::to_string(body.size());
  const std::array<nghttp2_nv, 6> fields{field(":method", "POST"),
                                         field(":scheme", scheme_),
                                         field(":authority", "bench"),
                                         field(":path", path),
                                         field("content-type", content_type),
                                         field("content-length", length)};
  nghttp2_data_provider provider{};
  provider.read_callback = Callbacks::read_body;
  int32_t id =
      nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &provider, nullptr);
  require(id, "nghttp2 takes no request");
  bodies_.try_emplace(id, Body{std::string(body)});
  return order(id);
}

bool Http2Session::read(std::string_view bytes) {
  ssize_t used = nghttp2_session_mem_recv(session_, bytes_of(bytes), bytes.size());
  return used == static_cast<ssize_t>(bytes.size());
}

bool Http2Session::take_output(std::string& out) {
  for (;;) {
    const uint8_t* bytes = nullptr;
    ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    require(static_cast<int>(std::min<ssize_t>(size, 0)), "nghttp2 cannot send");
    if (size == 0) return !refused_;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
}

}  // namespace weir::bench
