#include "net/http2_fixture.hpp"

#include <cstring>
#include <stdexcept>

#include "net/http2_preface.hpp"

namespace weir::net::test {

struct ClientCallbacks {
  static Http2Client& of(void* user) { return *static_cast<Http2Client*>(user); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    auto& answer = of(user).answers_[frame->hd.stream_id];
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status") {
      const int status = std::stoi(text);
      if (status < 200) {
        answer.interim.push_back(status);
      } else {
        answer.status = status;
      }
    } else {
      answer.fields.emplace_back(key, text);
    }
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                     std::size_t size, void* user) {
    of(user).answers_[id].body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Client& client = of(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      ++client.goaways_;
      client.goaway_code_ = frame->goaway.error_code;
      client.goaway_last_ = frame->goaway.last_stream_id;
    }
    if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
      ++client.pings_;
    }
    if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      client.answers_[frame->hd.stream_id].ended = true;
    }
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    auto& answer = of(user).answers_[id];
    answer.closed = true;
    answer.code = code;
    return 0;
  }
  static ssize_t read_upload(nghttp2_session*, std::int32_t id, std::uint8_t* buffer,
                             std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                             void* user) {
    Http2Client::Upload& upload = of(user).uploads_[id];
    const std::size_t taken = std::min(size, upload.bytes.size() - upload.sent);
    std::memcpy(buffer, upload.bytes.data() + upload.sent, taken);
    upload.sent += taken;
    if (upload.sent == upload.bytes.size()) {
      if (upload.last) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
      } else if (taken == 0) {
        return NGHTTP2_ERR_DEFERRED;
      }
    }
    return static_cast<ssize_t>(taken);
  }
};

std::string Http2Client::Answer::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

Http2Client::Http2Client(const std::string& address, const Options& options) : socket_(address) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, ClientCallbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, ClientCallbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, ClientCallbacks::on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, ClientCallbacks::on_close);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, options.credits ? 0 : 1);
  nghttp2_option_set_peer_max_concurrent_streams(option, 10'000);
  nghttp2_session_client_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
  if (options.credits) {
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 1 << 24);
  }
}

Http2Client::~Http2Client() { nghttp2_session_del(session_); }

std::int32_t Http2Client::request(const std::string& method, const std::string& path,
                                  const Fields& more, std::optional<std::string> body) {
  Fields fields = {{":method", method}, {":scheme", "http"}, {":authority", "h"}, {":path", path}};
  fields.insert(fields.end(), more.begin(), more.end());
  std::vector<nghttp2_nv> list;
  for (auto& [name, value] : fields) {
    list.push_back({reinterpret_cast<std::uint8_t*>(name.data()),
                    reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                    NGHTTP2_NV_FLAG_NONE});
  }
  const nghttp2_data_provider source{.source = {.ptr = nullptr},
                                     .read_callback = ClientCallbacks::read_upload};
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, list.data(), list.size(),
                                                 body ? &source : nullptr, nullptr);
  if (body) uploads_[id] = {std::move(*body), 0, true};
  flush();
  return id;
}

std::int32_t Http2Client::open(const std::string& method, const std::string& path,
                               const Fields& more) {
  const std::int32_t id =
      nghttp2_session_get_next_stream_id(session_) > 0
          ? static_cast<std::int32_t>(nghttp2_session_get_next_stream_id(session_))
          : 1;
  uploads_[id] = {};
  Fields fields = {{":method", method}, {":scheme", "http"}, {":authority", "h"}, {":path", path}};
  fields.insert(fields.end(), more.begin(), more.end());
  std::vector<nghttp2_nv> list;
  for (auto& [name, value] : fields) {
    list.push_back({reinterpret_cast<std::uint8_t*>(name.data()),
                    reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                    NGHTTP2_NV_FLAG_NONE});
  }
  const nghttp2_data_provider source{.source = {.ptr = nullptr},
                                     .read_callback = ClientCallbacks::read_upload};
  EXPECT_EQ(nghttp2_submit_request(session_, nullptr, list.data(), list.size(), &source, nullptr),
            id);
  flush();
  return id;
}

void Http2Client::send_body(std::int32_t id, std::string bytes, bool last) {
  Upload& upload = uploads_[id];
  upload.bytes.append(bytes);
  upload.last = last;
  nghttp2_session_resume_data(session_, id);
  flush();
}

void Http2Client::flush() {
  for (;;) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size <= 0) return;
    socket_.send({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
}

void Http2Client::run_until(const std::function<bool()>& condition) {
  flush();
  while (!condition()) {
    const std::string bytes = socket_.receive();
    if (bytes.empty()) {
      over_ = true;
      // What follows in the test would wait for it once more.
      throw std::runtime_error("the connection ended");
    }
    const ssize_t used = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ASSERT_EQ(used, static_cast<ssize_t>(bytes.size())) << nghttp2_strerror(static_cast<int>(used));
    flush();
  }
}

void Http2Client::run_to_end() {
  flush();
  for (;;) {
    const std::string bytes = socket_.receive();
    if (bytes.empty()) break;
    nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                             bytes.size());
    flush();
  }
  over_ = true;
}

const Http2Client::Answer& Http2Client::finish(std::int32_t id) {
  run_until([&] { return answers_[id].closed; });
  return answers_[id];
}

std::uint32_t Frame::number(std::size_t at) const {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4 && i < payload.size(); ++i) {
    value = value << 8 | static_cast<unsigned char>(payload[i]);
  }
  return value;
}

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  std::string bytes = number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes + number(stream) + std::string(payload);
}

std::string block(const Fields& fields) {
  const auto text = [](std::string_view value) {
    // A length in seven bits, or with continuation bytes (RFC 7541, 5.1).
    std::string bytes;
    std::size_t rest = value.size();
    if (rest < 127) {
      bytes.push_back(static_cast<char>(rest));
    } else {
      bytes.push_back(127);
      for (rest -= 127; rest >= 128; rest >>= 7) bytes.push_back(static_cast<char>(rest | 0x80));
      bytes.push_back(static_cast<char>(rest));
    }
    return bytes + std::string(value);
  };
  std::string bytes;
  for (const auto& [name, value] : fields) {
    bytes.push_back(0);
    bytes += text(name) + text(value);
  }
  return bytes;
}

std::string get_block(std::string_view path) {
  return block(
      {{":method", "GET"}, {":scheme", "http"}, {":authority", "h"}, {":path", std::string(path)}});
}

RawHttp2::RawHttp2(const std::string& address) : socket_(address) {
  socket_.send(std::string(kHttp2Preface) + frame(NGHTTP2_SETTINGS, 0, 0));
}

std::optional<Frame> RawHttp2::receive() {
  const auto fill = [this](std::size_t size) {
    while (buffer_.size() < size) {
      const std::string more = socket_.receive();
      if (more.empty()) return false;
      buffer_ += more;
    }
    return true;
  };
  if (!fill(9)) return std::nullopt;
  const auto byte = [this](std::size_t at) { return static_cast<std::uint8_t>(buffer_[at]); };
  const std::size_t size = std::size_t{byte(0)} << 16 | std::size_t{byte(1)} << 8 | byte(2);
  if (!fill(9 + size)) return std::nullopt;
  Frame frame{.type = byte(3), .flags = byte(4), .stream = 0, .payload = buffer_.substr(5, 4)};
  frame.stream = frame.number(0);
  frame.payload = buffer_.substr(9, size);
  buffer_.erase(0, 9 + size);
  return frame;
}

std::optional<Frame> RawHttp2::receive(std::uint8_t type) {
  for (;;) {
    auto frame = receive();
    if (!frame || frame->type == type) return frame;
  }
}

std::optional<std::uint32_t> RawHttp2::end() {
  std::optional<std::uint32_t> code;
  while (const auto frame = receive()) {
    if (frame->type == NGHTTP2_GOAWAY) code = frame->number(4);
  }
  return code;
}

std::optional<std::uint32_t> RawHttp2::reset_of(std::uint32_t stream) {
  while (const auto frame = receive()) {
    if (frame->type == NGHTTP2_GOAWAY) break;
    if (frame->type == NGHTTP2_RST_STREAM && frame->stream == stream) return frame->number(0);
  }
  return std::nullopt;
}

bool RawHttp2::answers_ping() {
  send(frame(NGHTTP2_PING, 0, 0, "12345678"));
  const auto answer = receive(NGHTTP2_PING);
  return answer && (answer->flags & NGHTTP2_FLAG_ACK) != 0 && answer->payload == "12345678";
}

}  // namespace weir::net::test
