#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace weir::log {

/// One event under one topic.
struct Posting {
  base::Sequence sequence;
  std::uint64_t bytes = 0;  ///< Of its data.
};

/// The most that one posting adds to a run's data.
inline constexpr std::size_t kPostingBytesMax = 20;

/// What is known of postings without reading them.
struct PostingSummary {
  base::Sequence first;
  base::Sequence last;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;

  bool empty() const { return events == 0; }
  /// Whether some may, and whether all do, lie in (after, up_to].
  bool overlaps(base::Sequence after, base::Sequence up_to) const {
    return events > 0 && last > after && first <= up_to;
  }
  bool within(base::Sequence after, base::Sequence up_to) const {
    return first > after && last <= up_to;
  }
  /// Adds what comes later.
  void append(const PostingSummary& later);
  /// Adds others, from anywhere.
  void merge(const PostingSummary& others);
};

/// A topic's postings in ascending order. The data holds for each, as LEB128, its distance to the
/// one before (the first: 0) and its bytes: three to four bytes for a usual event.
struct PostingRun : PostingSummary {
  std::string data;

  /// The sequence must be later than `last`.
  void add(Posting posting);
  /// Forgets postings up to and including the position.
  void trim(base::Sequence up_to);
};

/// Reads a run's postings from the front. Safe on any bytes.
class PostingReader {
 public:
  PostingReader(base::Sequence first, std::string_view data) : sequence_(first), rest_(data) {}
  explicit PostingReader(const PostingRun& run) : PostingReader(run.first, run.data) {}

  /// False at the end or at bytes that are not a posting.
  bool next(Posting& posting);
  /// Whether everything was read and nothing was wrong.
  bool complete() const { return rest_.empty() && !damaged_; }

 private:
  bool read(std::uint64_t& value);

  base::Sequence sequence_;
  std::string_view rest_;
  bool damaged_ = false;
};

/// How many of the run's postings lie in (after, up_to].
std::uint64_t count_between(const PostingRun& run, base::Sequence after, base::Sequence up_to);
/// The n-th newest of the run, which has that many (n ≥ 1).
base::Sequence nth_newest_of(const PostingRun& run, std::uint64_t n);

}  // namespace weir::log
