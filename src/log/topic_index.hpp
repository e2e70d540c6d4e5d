#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "log/batch.hpp"
#include "log/log.hpp"
#include "proto/selector.hpp"

namespace weir::log {

/// Where each topic's events are: (topic → sequences). Deferred: new postings gather in memory and
/// are flushed, sorted, in large transactions to a file of their own, together with the watermark
/// up to which the file is complete. Losing the file loses nothing: what lies beyond the watermark
/// is added again from the log at open, and a file that is missing, damaged or of another epoch
/// begins empty with watermark 0.
///
/// `add` belongs to the log thread, `flush` and the trims to one background thread, the queries to
/// any thread. An add never waits for the disk: while a flush writes the frozen generation, adds go
/// to the next.
class TopicIndex {
 public:
  struct Options {
    std::string path;  ///< Of the index file; empty: in memory only.
    std::string vfs;   ///< As log::Options::vfs.
    base::Epoch epoch;
    /// The log's newest position, where it is known: a file that knows of later ones has seen
    /// events that a crash took from the log, and begins anew.
    std::optional<base::Sequence> head = {};
    /// After an end that was not clean, up to where the log has all that it ever stored: a file
    /// with postings beyond has seen events that are lost, too.
    std::optional<base::Sequence> stored_up_to = {};
  };

  virtual ~TopicIndex() = default;

  static base::Result<std::unique_ptr<TopicIndex>> open(const Options& options);

  /// Everything up to here is in the file.
  virtual base::Sequence watermark() const = 0;
  /// `unstored` says of each event whether it is gone after a restart, and so must be from the
  /// index: such postings stay in memory. Null: none is.
  virtual void add(const Batch& batch, const std::vector<bool>* unstored = nullptr) = 0;
  /// Postings that wait for a flush; the owner flushes at a number of them or after a time.
  virtual std::size_t unflushed() const = 0;
  virtual base::Result<> flush() = 0;

  /// The topic's sequences in (after, up_to], at most `limit`, ascending.
  virtual base::Result<std::vector<base::Sequence>> postings(std::string_view topic,
                                                             base::Sequence after,
                                                             base::Sequence up_to,
                                                             std::size_t limit) const = 0;
  // What the floors hide does not count, though the index may have still to forget it. Null hides
  // nothing.
  /// Events that match in (after, up_to]; an event under several matching topics counts once.
  virtual base::Result<std::uint64_t> count(const proto::Selectors& selectors, base::Sequence after,
                                            base::Sequence up_to,
                                            const TopicFloors* floors = nullptr) const = 0;
  /// The sequence of the n-th newest matching event up to `up_to` (n ≥ 1); of the oldest if there
  /// are fewer; 0 if none.
  virtual base::Result<base::Sequence> nth_newest(const proto::Selectors& selectors,
                                                  std::uint64_t n, base::Sequence up_to,
                                                  const TopicFloors* floors = nullptr) const = 0;
  virtual base::Result<std::vector<TopicInfo>> list(const proto::Selectors* selectors,
                                                    std::string_view after,
                                                    std::size_t limit) const = 0;
  virtual base::Result<TopicInfo> info(std::string_view topic) const = 0;
  virtual std::uint64_t topics() const = 0;

  /// Forgets postings up to and including the position: of one topic, or of all.
  virtual base::Result<> trim_topic(std::string_view topic, base::Sequence up_to) = 0;
  virtual base::Result<> trim_all(base::Sequence floor) = 0;
};

}  // namespace weir::log
