#include "proto/event_json.hpp"

#include <limits>

#include "base/check.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"
#include "proto/rfc3339.hpp"
#include "proto/trace_context.hpp"
#include "proto/websocket_deflate.hpp"
#include "proto/websocket_frame.hpp"

namespace weir::proto {
namespace {

constexpr std::string_view kDefaultType = "message";
constexpr std::size_t kUsualOverhead = 160;

void append_topics(std::string& out, const EventView& event) {
  out.append(R"("topic":)");
  append_json_string(out, event.topics.empty() ? std::string_view{} : event.topics.front());
  if (event.topics.size() < 2) return;
  out.append(R"(,"topics":[)");
  for (std::size_t i = 0; i < event.topics.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_json_string(out, event.topics[i]);
  }
  out.push_back(']');
}

}  // namespace

void append_event_json(std::string& out, base::Epoch epoch, const EventView& event) {
  out.push_back('{');
  if (event.sequence.value != 0) {
    CursorText text;
    out.append(R"("cursor":")").append(write_cursor({epoch, event.sequence}, text)).append("\",");
  }
  append_topics(out, event);
  out.append(R"(,"event":)");
  append_json_string(out, event.type.empty() ? kDefaultType : event.type);
  out.append(R"(,"data":)");
  append_json_string(out, event.data);
  if (!event.id.empty()) append_json_string(out.append(R"(,"id":)"), event.id);
  if (!event.key.empty()) append_json_string(out.append(R"(,"key":)"), event.key);
  if (const auto trace = unpack_trace(event.trace)) {
    out.append(R"(,"traceparent":")").append(format_traceparent(*trace)).push_back('"');
  }
  out.append(R"(,"time":")").append(format_rfc3339(event.time)).append("\"}");
}

JsonFrames::JsonFrames(std::size_t count, std::size_t reserve_bytes) {
  bytes_.reserve(reserve_bytes);
  places_.reserve(count);
}

void JsonFrames::add(base::Epoch epoch, const EventView& event) {
  // A frame's head says how long it is, in as many bytes as that takes.
  std::string json;
  json.reserve(event.data.size() + kUsualOverhead);
  append_event_json(json, epoch, event);
  add_frame(json, false);
}

JsonFrames JsonFrames::deflated() const {
  JsonFrames out(size(), bytes_.size() / 2);
  for (std::size_t i = 0; i < size(); ++i) {
    const auto plain = json(i);
    const auto shorter = deflate_message(plain);
    const bool compressed = shorter.size() < plain.size();
    out.add_frame(compressed ? shorter : plain, compressed);
  }
  return out;
}

void JsonFrames::add_frame(std::string_view payload, bool compressed) {
  append_frame_head(bytes_, Opcode::kText, payload.size(), compressed);
  const auto begin = static_cast<std::uint32_t>(bytes_.size());
  bytes_.append(payload);
  WEIR_CHECK(bytes_.size() <= std::numeric_limits<std::uint32_t>::max(),
             "the frames of one batch fit in 4 GiB");
  places_.push_back({begin, static_cast<std::uint32_t>(bytes_.size())});
}

std::string_view JsonFrames::framed(std::size_t first, std::size_t count) const {
  if (count == 0) return {};
  const std::size_t from = frame_begin(first);
  return std::string_view(bytes_).substr(from, places_[first + count - 1].end - from);
}

std::string_view JsonFrames::json(std::size_t index) const {
  const Place place = places_[index];
  return std::string_view(bytes_).substr(place.begin, place.end - place.begin);
}

}  // namespace weir::proto
