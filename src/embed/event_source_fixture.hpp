#pragma once

// For tests only: a scripted server, and what a client makes of it.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/event_source.hpp>

#include "client/test_server.hpp"

namespace weir::embed {

using client::TestPeer;
using client::TestServer;
using std::chrono::milliseconds;
inline constexpr std::string_view kStream =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 1\n\n";
inline constexpr std::string_view kStop = "HTTP/1.1 204 No Content\r\n\r\n";

inline TestServer::Script answer(std::string bytes, std::string* head = nullptr) {
  return [bytes = std::move(bytes), head](TestPeer& peer) {
    const std::string request = peer.read_head();
    if (head != nullptr) *head = request;
    peer.write(bytes);
  };
}
inline std::string stream_of(std::string_view body) {
  return std::string(kStream) + std::string(body);
}
inline std::string head_of(int status, std::string_view headers, std::string_view body = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " Some\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline EventSourceOptions quick(std::string url) {
  return {.url = std::move(url), .retry = milliseconds(1), .backoff_max = milliseconds(1)};
}

/// A run from its beginning to its end, as a list of what was told.
struct Played {
  std::vector<std::string> log;
  Result<> result;
  EventSource::State state = EventSource::State::kConnecting;
};

inline Played play(EventSourceOptions options, std::size_t events_max = 100) {
  Played out;
  EventSource* self = nullptr;
  std::size_t events = 0;
  const auto state = [&] { return std::to_string(static_cast<int>(self->state())); };
  auto source = EventSource::create(
      std::move(options),
      {.on_event =
           [&](const StreamEvent& event) {
             out.log.push_back(std::string(event.type) + "=" + std::string(event.data));
             if (++events == events_max) self->close();
           },
       .on_gap = [&](const Gap& gap) { out.log.push_back("gap " + gap.reason); },
       .on_open = [&](const StreamOpened&) { out.log.push_back("open " + state()); },
       .on_welcome =
           [&](const StreamWelcome& hello) { out.log.push_back("hello " + hello.cursor); },
       .on_recovery =
           [&](const StreamRecovery& r) {
             out.log.push_back("recovery " + std::to_string(r.events));
           },
       .on_heartbeat =
           [&](const StreamHeartbeat& beat) { out.log.push_back("beat " + beat.cursor); },
       .on_drain =
           [&](milliseconds wait) { out.log.push_back("drain " + std::to_string(wait.count())); },
       .on_wait = [&](const Error&, milliseconds) { out.log.push_back("wait " + state()); },
       .on_end = [&](const Result<>&) { out.log.push_back("end " + state()); }});
  if (!source) {
    out.result = source.error();
    return out;
  }
  self = &*source;
  out.result = source->run();
  out.state = source->state();
  return out;
}

}  // namespace weir::embed
