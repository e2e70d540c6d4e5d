#include "log/batch.hpp"

#include <algorithm>

namespace weir::log {

std::size_t Batch::index_after(base::Sequence after) const {
  const auto at =
      std::upper_bound(events_.begin(), events_.end(), after,
                       [](base::Sequence s, const auto& event) { return s < event.sequence; });
  return static_cast<std::size_t>(at - events_.begin());
}

namespace {

/// What a frame adds to its event's data: field names, cursor, type, chunk head.
constexpr std::size_t kFrameOverhead = 96;
/// And what its JSON adds: the names of the members, cursor, type, time, frame head.
constexpr std::size_t kJsonOverhead = 160;

}  // namespace

const proto::SseFrames& Batch::sse_frames() const {
  return sse_frames_.get([this] {
    std::size_t reserve = 0;
    for (const auto& event : events_) reserve += event.data.size() + kFrameOverhead;
    proto::SseFrames frames(events_.size(), reserve);
    for (const auto& event : events_) frames.add(epoch_, event);
    return frames;
  });
}

const proto::JsonFrames& Batch::json_frames() const {
  return json_frames_.get([this] {
    std::size_t reserve = 0;
    for (const auto& event : events_) reserve += event.data.size() + kJsonOverhead;
    proto::JsonFrames frames(events_.size(), reserve);
    for (const auto& event : events_) frames.add(epoch_, event);
    return frames;
  });
}

const proto::SseFrames& Batch::sse_json_frames() const {
  return sse_json_frames_.get([this] {
    const auto& objects = json_frames();
    std::size_t reserve = 0;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      reserve += objects.json(i).size() + kFrameOverhead;
    }
    proto::SseFrames frames(events_.size(), reserve);
    for (std::size_t i = 0; i < events_.size(); ++i) {
      frames.add(epoch_, events_[i], objects.json(i));
    }
    return frames;
  });
}

const proto::JsonFrames& Batch::deflated_frames() const {
  return deflated_frames_.get([this] { return json_frames().deflated(); });
}

std::size_t Batch::memory_bytes() const {
  std::size_t stored = 0;
  for (const auto& piece : storage_) stored += piece.capacity();
  return sizeof *this + 3 * stored + topics_.capacity() * sizeof(std::string_view) +
         events_.capacity() * (sizeof(proto::EventView) + kFrameOverhead + kJsonOverhead) +
         runs_.capacity() * sizeof(EventRange) + by_topic_.capacity() * sizeof(TopicRuns);
}

}  // namespace weir::log
