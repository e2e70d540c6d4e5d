// The seam to nghttp2: its C callbacks, and how a session is set up.

#include "net/http2_callbacks.hpp"

#include <array>

#include "base/check.hpp"
#include "net/http2_connection.hpp"

namespace weir::net {
namespace {

// What a client may send of a request's body before it is worked off: a stream's, and all of the
// connection's. The latter is returned at once, so that a body that waits holds up no other.
constexpr std::uint32_t kStreamWindowBytes = 256 * 1024;
constexpr std::int32_t kConnectionWindowBytes = 1024 * 1024;
// Answers to SETTINGS and PING that may wait for a socket; a client that makes more is flooding.
constexpr std::size_t kAcksMax = 256;
constexpr std::size_t kSettingsEntriesMax = 32;
// Beyond a header block's first frame. With 16 KiB each they hold many times the largest head.
constexpr std::size_t kContinuationsMax = 8;

std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

void check(int failure) { WEIR_CHECK(failure == 0, "nghttp2 is out of memory"); }

}  // namespace

struct Http2Callbacks {
  static Http2Connection& of(void* user) { return *static_cast<Http2Connection*>(user); }

  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    // The frames that nghttp2 reads over by itself: nothing else tells of them.
    Http2Connection& connection = of(user);
    if (head->type != NGHTTP2_PRIORITY) return 0;
    return connection.frames_.take(connection.server_->wheel.now()) ? 0 : connection.calm_down();
  }
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    of(user).in_block_ = true;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    return of(user).on_begin_headers(frame->hd.stream_id);
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_bytes, const std::uint8_t* value, std::size_t value_bytes,
                       std::uint8_t /*flags*/, void* user) {
    return of(user).on_field(frame->hd.stream_id, text(name, name_bytes), text(value, value_bytes));
  }
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*,
                               std::size_t, const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    // By default nghttp2 leaves out a field with forbidden characters; it makes the whole request
    // malformed (RFC 9113, 8.2.1).
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int on_data_chunk(nghttp2_session*, std::uint8_t /*flags*/, std::int32_t id,
                           const std::uint8_t* bytes, std::size_t size, void* user) {
    return of(user).on_data(id, text(bytes, size));
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return of(user).on_frame(*frame);
  }
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int /*failure*/,
                              void* user) {
    Http2Connection& connection = of(user);
    connection.in_block_ = false;
    if (frame->hd.type == NGHTTP2_HEADERS) connection.server_->metrics.requests_malformed.add();
    return 0;
  }
  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    of(user).on_sent(*frame);
    return 0;
  }
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t /*code*/,
                             void* user) {
    of(user).on_stream_closed(id);
    return 0;
  }
  static int send_data(nghttp2_session*, nghttp2_frame* /*frame*/, const std::uint8_t* frame_head,
                       std::size_t bytes, nghttp2_data_source* source, void* user) {
    of(user).send_data(*static_cast<Http2Stream*>(source->ptr), {frame_head, 9}, bytes);
    return 0;
  }
  static ssize_t read_source(nghttp2_session*, std::int32_t /*id*/, std::uint8_t* /*buffer*/,
                             std::size_t bytes_max, std::uint32_t* flags,
                             nghttp2_data_source* source, void* user) {
    return of(user).read_source(*static_cast<Http2Stream*>(source->ptr), bytes_max, *flags);
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* all = nullptr;
    check(nghttp2_session_callbacks_new(&all));
    nghttp2_session_callbacks_set_on_begin_frame_callback(all, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(all, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(all, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(all, on_invalid_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(all, on_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(all, on_invalid_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(all, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(all, on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(all, send_data);
    return all;
  }
};

nghttp2_session* new_http2_session(Http2Connection& connection, const base::Settings& settings) {
  nghttp2_option* options = nullptr;
  check(nghttp2_option_new(&options));
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_option_set_max_outbound_ack(options, kAcksMax);
  nghttp2_option_set_max_settings(options, kSettingsEntriesMax);
  nghttp2_option_set_max_continuations(options, kContinuationsMax);
  // Http2Connection counts resets itself, and tells the client why it closes; this is behind it.
  nghttp2_option_set_stream_reset_rate_limit(options, 1'000'000, 100'000);

  nghttp2_session_callbacks* callbacks = Http2Callbacks::make();
  nghttp2_session* session = nullptr;
  check(nghttp2_session_server_new2(&session, callbacks, &connection, options));
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_option_del(options);

  const std::array entries = {
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.http2_streams_max},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindowBytes},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
                             static_cast<std::uint32_t>(settings.header_bytes_max)},
      // No tree of priorities to keep, nor to be attacked by (RFC 9218, 2.1).
      nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  check(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size()));
  check(
      nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindowBytes));
  return session;
}

nghttp2_data_provider http2_data_source(void* stream) {
  return {.source = {.ptr = stream}, .read_callback = Http2Callbacks::read_source};
}

}  // namespace weir::net
