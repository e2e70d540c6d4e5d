// An event as JSON: whatever it holds, what is written is JSON that says the same, on one line, and
// lies as a frame among frames.

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/cursor.hpp"
#include "proto/event_json.hpp"
#include "proto/utf8.hpp"

namespace {

constexpr weir::base::Epoch kEpoch{0x0123456789abcdef};

std::string lossy(std::string_view text) {
  std::string out;
  weir::proto::append_utf8_lossy(out, text);
  return out;
}

void check_member(const boost::json::object& object, std::string_view name, std::string_view text) {
  const auto* value = object.if_contains(name);
  WEIR_CHECK(value != nullptr && value->is_string(), "a member is a string");
  WEIR_CHECK(value->get_string() == lossy(text), "a member is what was published");
}

}  // namespace

/// Input: lines; the first to the fourth are topic, type, id and key, the rest is data.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = weir::fuzz::as_text(data, size);
  const auto line = [&] {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return text;
  };
  const std::vector<std::string_view> topics{line(), "second"};
  weir::proto::EventView event{.sequence = {size}, .topics = topics};
  event.type = line();
  event.id = line();
  event.key = line();
  event.data = rest;

  std::string json;
  weir::proto::append_event_json(json, kEpoch, event);
  WEIR_CHECK(json.find('\n') == std::string::npos, "one line");
  const auto parsed = boost::json::parse(json).as_object();
  check_member(parsed, "topic", topics[0]);
  check_member(parsed, "event", event.type.empty() ? "message" : event.type);
  check_member(parsed, "data", event.data);
  if (!event.id.empty()) check_member(parsed, "id", event.id);
  if (!event.key.empty()) check_member(parsed, "key", event.key);
  WEIR_CHECK(parsed.contains("cursor") == (size != 0), "an ephemeral event has no cursor");

  weir::proto::JsonFrames frames(2, 0);
  frames.add(kEpoch, event);
  frames.add(kEpoch, event);
  WEIR_CHECK(frames.json(0) == json && frames.json(1) == json, "a frame holds the object");
  const auto both = frames.framed(0, 2);
  WEIR_CHECK(both.substr(0, both.size() / 2) == both.substr(both.size() / 2), "frame after frame");
  return 0;
}
