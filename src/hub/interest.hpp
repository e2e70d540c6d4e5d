#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings.hpp"
#include "base/string_map.hpp"
#include "hub/transport.hpp"
#include "hub/wish.hpp"
#include "log/batch.hpp"
#include "log/log.hpp"
#include "proto/selector.hpp"

namespace weir::hub {

struct TopicEntry;

/// What one or more subscribers of a shard want. Subscribers with the same wish share one Interest,
/// so what a batch holds for them is worked out once, filters and fields included, and they lie
/// close together. Shard thread only.
struct Interest : Wish {
  struct Link {
    TopicEntry* entry;
    std::uint32_t index;  ///< This interest's place in `entry->interests`.
  };

  base::SlowConsumer slow_consumer = base::SlowConsumer::kCatchUp;
  std::vector<std::uint32_t> members;  ///< Slots of subscribers.
  std::vector<Link> links;             ///< One per exact topic.
  std::uint32_t pattern_index = 0;     ///< Place among the interests with patterns.
  bool system = false;                 ///< Of the server's own topics, too.
  bool gathering = false;              ///< Has ranges in `gathered` for the batch at hand.
  std::vector<log::EventRange> gathered;
  std::vector<Piece> pieces;         ///< What is to be sent of the batches at hand.
  const std::string* key = nullptr;  ///< Its name in InterestTable.

  bool single_topic() const { return links.size() == 1 && selectors->patterns.empty(); }
};

/// A topic that someone is subscribed to by name.
struct TopicEntry {
  struct Wanted {
    Interest* interest;
    std::uint32_t link;  ///< The place in `interest->links`.
  };
  std::vector<Wanted> interests;
  const std::string* name = nullptr;
};

/// Which of a topic's events a reader may still see.
struct Visibility {
  base::Sequence after;  ///< Events later than this.
  const log::TopicFloors* floors =
      nullptr;               ///< Topics trimmed beyond the log's floor; may be null.
  base::UnixMillis now = 0;  ///< Events that expired by then are left out; 0: none is.
};

/// Whether the event is not delivered any more to who was not there before.
inline bool has_expired(const proto::EventView& event, base::UnixMillis now) {
  return event.expires != 0 && event.expires <= now;
}

/// The ranges of a batch's events that the selectors match and the visibility allows, in log order,
/// each event once. Appends to `out`.
void collect(const proto::Selectors& selectors, const log::Batch& batch,
             const Visibility& visibility, std::vector<log::EventRange>& out);

/// What it took to find the wanted events.
struct Evaluated {
  std::size_t bytes = 0;     ///< Of the data that filters were asked about.
  std::size_t left_out = 0;  ///< Events.
};

/// As `collect`, and of the events that the wish wants. Appends to `out`.
Evaluated collect_wanted(const Wish& wish, const log::Batch& batch, const Visibility& visibility,
                         std::vector<log::EventRange>& out);

/// About what the events of a range take on a subscriber's wire.
std::size_t wire_bytes(const log::Batch& batch, log::EventRange range);

/// Sorts ranges and joins those that touch or overlap.
void normalize(std::vector<log::EventRange>& ranges);

/// The subscriptions of a shard: from a topic to those who want it. Shard thread only.
class InterestTable {
 public:
  /// The interest with this wish, made if nobody has it yet. The pointer is stable until `release`.
  Interest& acquire(Wish wish, base::SlowConsumer slow_consumer);
  /// Whether somebody has this wish.
  bool has(const Wish& wish, base::SlowConsumer slow_consumer) const;
  /// Removes an interest without members.
  void release(Interest& interest);

  /// Who wants the topic by name; null if nobody.
  const TopicEntry* find(std::string_view topic) const;
  const std::vector<Interest*>& with_patterns() const { return with_patterns_; }
  std::size_t topics() const { return topics_.size(); }
  std::size_t size() const { return interests_.size(); }
  /// How many of them cost work of their own for each event.
  std::size_t costing_work() const { return costing_work_; }

 private:
  base::StringMap<std::unique_ptr<Interest>> interests_;
  base::StringMap<std::unique_ptr<TopicEntry>> topics_;
  std::vector<Interest*> with_patterns_;
  std::size_t costing_work_ = 0;
};

}  // namespace weir::hub
