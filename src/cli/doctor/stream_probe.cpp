#include "cli/doctor/stream_probe.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>

#include "proto/sse_parse.hpp"

namespace weir::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBodyBytesMax = 16 << 10;
constexpr double kMomentMs = 10;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Reads the frames of a stream as they come.
class Reader {
 public:
  explicit Reader(StreamProbe& probe)
      : probe_(probe), parser_([this](const proto::SseParser::Message& m) { take(m); }) {}

  void feed(std::string_view piece, double now_ms) {
    if (probe_.first_byte_ms == 0) probe_.first_byte_ms = now_ms;
    if (probe_.moments == 0 || now_ms - last_moment_ms_ > kMomentMs) {
      ++probe_.moments;
      last_moment_ms_ = now_ms;
    }
    now_ms_ = now_ms;
    // A frame at a time, so that its bytes are known.
    while (!piece.empty()) {
      const auto end = piece.find('\n');
      const auto line = piece.substr(0, end == std::string_view::npos ? end : end + 1);
      bytes_ += line.size();
      (void)parser_.feed(line);
      piece.remove_prefix(line.size());
    }
  }

 private:
  void take(const proto::SseParser::Message& message) {
    const std::size_t bytes = std::exchange(bytes_, 0);
    boost::system::error_code failed;
    const auto value = boost::json::parse({message.data.data(), message.data.size()}, failed);
    const auto* object = failed ? nullptr : value.if_object();
    if (object == nullptr) return;
    const auto number = [&](std::string_view name) {
      const auto* found = object->if_contains({name.data(), name.size()});
      return found == nullptr ? 0.0 : found->to_number<double>(failed);
    };
    if (message.type == "probe") {
      probe_.frames.push_back(
          {static_cast<std::uint32_t>(number("n")), number("us") / 1000, now_ms_, bytes});
    } else if (message.type == "doctor") {
      if (const auto* http = object->if_contains("http"); http != nullptr && http->is_string()) {
        probe_.server_http.assign(http->get_string().data(), http->get_string().size());
      }
      if (const auto* via = object->if_contains("forwarded"); via != nullptr && via->is_bool()) {
        probe_.forwarded = via->get_bool();
      }
      probe_.keepalive_ms = number("keepalive_ms");
    }
  }

  StreamProbe& probe_;
  proto::SseParser parser_;
  double now_ms_ = 0;
  double last_moment_ms_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

bool StreamProbe::is_stream() const {
  return head && head->status == 200 && header("Content-Type").starts_with("text/event-stream");
}

std::string StreamProbe::header(std::string_view name) const {
  return std::string(head ? head->get(name).value_or("") : "");
}

std::string probe_target(const client::Url& url, const std::string& query) {
  return client::with_path(url, "/v1/doctor/stream").target + "?" + query;
}

StreamProbe probe_stream(const ServerAccess& server, const ProbeRequest& wanted,
                         const client::Interrupt& interrupt) {
  StreamProbe probe;
  Reader reader(probe);
  client::HttpClient client(server.url, {.silence = wanted.silence}, &interrupt, server.connection);
  auto start = Clock::now();
  if (auto connected = client.connect(); !connected) {
    probe.error = connected.error();
    return probe;
  }
  probe.connect_ms = milliseconds_since(start);
  client::Request request{.target = probe_target(server.url, wanted.query),
                          .headers = server.headers};
  request.headers.emplace_back("Accept", "text/event-stream");
  for (const auto& header : wanted.headers) request.headers.push_back(header);
  start = Clock::now();
  auto result = client.begin(request, [&](std::string_view piece) {
    if (!probe.head) probe.head = *client.head();
    const double now = milliseconds_since(start);
    if (probe.is_stream() && probe.header("Content-Encoding").empty()) {
      reader.feed(piece, now);
    } else if (probe.is_stream()) {
      if (probe.first_byte_ms == 0) probe.first_byte_ms = now;
      if (probe.moments == 0 || now - probe.end_ms > kMomentMs) ++probe.moments;
      probe.end_ms = now;
    } else if (probe.body.size() < kBodyBytesMax) {
      probe.body.append(piece.substr(0, kBodyBytesMax - probe.body.size()));
    }
  });
  while (result && !client.complete()) {
    const auto more = client.receive();
    if (client.head() != nullptr && probe.head_ms == 0) {
      probe.head_ms = milliseconds_since(start);
      probe.head = *client.head();
    }
    if (!more) result = more.error();
  }
  probe.end_ms = milliseconds_since(start);
  probe.complete = client.complete();
  if (!result) probe.error = result.error();
  return probe;
}

}  // namespace weir::cli
