#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "log/log.hpp"
#include "log/topic_index_memory.hpp"
#include "log/topic_index_reader.hpp"
#include "log/topic_index_run.hpp"
#include "proto/selector.hpp"

namespace weir::log {

/// Names from <= name < to; an empty `to` is no bound.
struct NameRange {
  std::string from;
  std::string to;
};

/// The ranges, ascending and apart, in which every topic that matches lies.
std::vector<NameRange> name_ranges(const proto::Selectors& selectors);

/// One question about the events of several topics: what memory holds of them, copied, and the file
/// as it was when the reader began. One thread; the reader must outlive it.
class TopicQuery {
 public:
  /// `reader` null: there is no file. `floors` may be null; else they outlive this, and what they
  /// hide does not count.
  TopicQuery(std::vector<TopicMemory::Part> parts, TopicIndexReader* reader, bool has_shared_events,
             const TopicFloors* floors);

  /// Finds the topics that match in the file.
  base::Result<> find(const proto::Selectors& selectors);

  /// Distinct events in (after, up_to].
  base::Result<std::uint64_t> count(base::Sequence after, base::Sequence up_to) const;
  base::Result<base::Sequence> nth_newest(std::uint64_t n) const;

 private:
  class Window;
  struct StoredTopic {
    TopicIndexReader::Topic topic;
    base::Sequence floor;  ///< Its last posting lies beyond.
  };

  base::Result<std::uint64_t> sum(base::Sequence after, base::Sequence up_to) const;
  base::Result<base::Sequence> nth_newest_of_one(std::uint64_t n) const;
  base::Result<base::Sequence> nth_newest_of_stored(std::uint64_t n) const;
  base::Result<> mark(Window& window) const;
  base::Sequence floor_of(std::string_view topic) const;
  bool is_one_topic() const;
  /// Whether the parts follow each other and the file.
  bool is_in_order() const;
  /// Begins no later than the first and ends with the last posting of all topics; the other numbers
  /// mean nothing.
  PostingSummary span() const;

  std::vector<TopicMemory::Part> parts_;
  std::vector<StoredTopic> topics_;
  std::string first_topic_;  // Of topics_.
  TopicIndexReader* reader_;
  bool has_shared_events_;
  const TopicFloors* floors_;
};

}  // namespace weir::log
