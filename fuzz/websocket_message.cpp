// A client's request over a WebSocket: what is taken has an id that is JSON, and an event that the
// publish parser reads as it stands.

#include <boost/json/parse.hpp>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/publish_json.hpp"
#include "proto/websocket_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = weir::fuzz::as_text(data, size);
  weir::proto::ClientMessage message;
  const auto parsed = weir::proto::parse_client_message(text, message);
  if (!message.id.empty()) {
    boost::system::error_code error;
    boost::json::parse(message.id, error);
    WEIR_CHECK(!error, "an id is JSON, whatever follows it");
  }
  if (!parsed) {
    WEIR_CHECK(weir::base::info(parsed.error().code).http_status == 400, "a client's mistake");
    return 0;
  }
  if (message.type == weir::proto::ClientMessage::Type::kPublish) {
    WEIR_CHECK(message.event.data() >= text.data() &&
                   message.event.data() + message.event.size() <= text.data() + text.size(),
               "an event is a part of its message");
    // Returns, whatever it is.
    [[maybe_unused]] const auto event = weir::proto::parse_publish_json(message.event, {});
  }
  return 0;
}
