// What a client sends over a WebSocket: however the bytes are split it says the same, within its
// limits, and text is UTF-8. Once with compression agreed on and once without.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/utf8.hpp"
#include "proto/websocket_parse.hpp"

namespace {

using weir::proto::WebSocketParser;

struct Outcome final : WebSocketParser::Receiver {
  explicit Outcome(WebSocketParser::Limits used) : limits(used) {}

  bool on_text(std::string_view message) override {
    WEIR_CHECK(weir::proto::is_utf8(message), "text is UTF-8");
    WEIR_CHECK(message.size() <= limits.message_bytes_max, "a message is within its limit");
    return say("text", message);
  }
  bool on_ping(std::string_view payload) override {
    WEIR_CHECK(payload.size() <= 125, "a ping is short");
    return say("ping", payload);
  }
  bool on_pong(std::string_view payload) override { return say("pong", payload); }
  void on_close(std::uint16_t number, std::string_view reason) override {
    WEIR_CHECK(weir::proto::is_utf8(reason), "a reason is UTF-8");
    say(std::to_string(number), reason);
    closed = true;
  }

  bool say(std::string_view what, std::string_view with) {
    said.emplace_back(what).append(" ").append(with);
    return true;
  }

  WebSocketParser::Limits limits;
  std::vector<std::string> said;
  std::optional<weir::proto::CloseCode> code;
  bool closed = false;
};

template <typename Pieces>
Outcome parse(const Pieces& pieces, WebSocketParser::Limits limits) {
  Outcome outcome(limits);
  WebSocketParser parser(limits);
  for (const std::string_view piece : pieces) {
    if (const auto closing = parser.feed(piece, outcome)) {
      outcome.code = closing->code;
      WEIR_CHECK(weir::proto::close_payload(*closing).size() <= 125, "a close frame is short");
    }
    if (outcome.code || outcome.closed) break;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const weir::fuzz::SplitInput input(weir::fuzz::as_text(data, size));
  for (const bool compressed : {false, true}) {
    for (const std::size_t bytes_max : {std::size_t{64}, std::size_t{1} << 20}) {
      const WebSocketParser::Limits limits{.message_bytes_max = bytes_max,
                                           .compressed = compressed};
      const auto whole = parse(std::vector{input.whole}, limits);
      const auto pieces = parse(input.pieces, limits);
      WEIR_CHECK(
          whole.said == pieces.said && whole.code == pieces.code && whole.closed == pieces.closed,
          "the splits make no difference");
    }
  }
  return 0;
}
