#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/lazy.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "proto/event.hpp"
#include "proto/event_json.hpp"
#include "proto/sse_encode.hpp"

namespace weir::log {

class Batch;
using BatchPtr = std::shared_ptr<const Batch>;

/// A run of neighbouring events of a batch: indices [first, first + count).
struct EventRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  friend constexpr bool operator==(EventRange, EventRange) = default;
};

/// The events of one commit, immutable and shared: the unit of storage, of messages between threads
/// and of writes to subscribers. Covers the positions [first, last]; where retention or deletion
/// has taken events away there are fewer events than positions. Any thread; the views live as long
/// as the batch.
class Batch {
 public:
  /// The events of one topic of this batch, as runs in log order: what fan-out walks.
  struct TopicRuns {
    std::string_view topic;
    std::span<const EventRange> runs;
    bool closed = false;  ///< The last of them ended the topic.
  };

  base::Epoch epoch() const { return epoch_; }
  base::Sequence first() const { return first_; }  ///< 0: a batch of ephemeral events.
  base::Sequence last() const { return last_; }
  base::UnixMillis committed_at() const { return committed_at_; }
  bool ephemeral() const { return first_.value == 0; }
  /// Whether some of its events belong to a trace.
  bool traced() const { return traced_; }

  std::size_t size() const { return events_.size(); }
  const proto::EventView& operator[](std::size_t index) const { return events_[index]; }
  /// The first event whose sequence is greater than `after`; size() if none.
  std::size_t index_after(base::Sequence after) const;

  /// One entry per distinct topic, sorted by topic. An event with several topics stands under each.
  std::span<const TopicRuns> by_topic() const { return by_topic_; }

  /// Encoded on first use, then shared by all subscribers on all threads.
  const proto::SseFrames& sse_frames() const;
  /// The same for WebSocket and polling.
  const proto::JsonFrames& json_frames() const;
  /// Event streams whose data is the event's JSON (`envelope=json`); not in `memory_bytes`.
  const proto::SseFrames& sse_json_frames() const;
  /// The frames of WebSockets, compressed; only where WebSocket compression is on, and not in
  /// `memory_bytes`.
  const proto::JsonFrames& deflated_frames() const;

  /// About what it holds in memory once its frames exist; for ring and cache limits.
  std::size_t memory_bytes() const;

 private:
  friend class BatchBuilder;
  friend class BatchDecoder;
  friend struct DerivedBatch;

  base::Epoch epoch_;
  base::Sequence first_;
  base::Sequence last_;
  base::UnixMillis committed_at_ = 0;
  bool traced_ = false;
  std::vector<std::string> storage_;  // What the views point into; never resized after building.
  std::vector<std::string_view> topics_;
  std::vector<proto::EventView> events_;
  std::vector<EventRange> runs_;
  std::vector<TopicRuns> by_topic_;
  BatchPtr source_;  // Of a derived batch: what else its views point into.
  base::Lazy<proto::SseFrames> sse_frames_;
  base::Lazy<proto::SseFrames> sse_json_frames_;
  base::Lazy<proto::JsonFrames> json_frames_;
  base::Lazy<proto::JsonFrames> deflated_frames_;
};

}  // namespace weir::log
