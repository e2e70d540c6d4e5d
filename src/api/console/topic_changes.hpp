#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/guarded.hpp"
#include "base/string_map.hpp"
#include "log/batch.hpp"

namespace weir::api {

/// Which topics something is published to, counted while somebody wants to know. Any thread.
class TopicChanges {
 public:
  struct Change {
    std::string topic;
    std::uint64_t published = 0;  ///< Events since the last `take`.
  };
  struct Taken {
    std::vector<Change> changes;  ///< The busiest first.
    std::uint64_t omitted = 0;    ///< Topics beyond `most`.
  };

  /// What is committed from now on counts, or nothing does.
  void want(bool wanted);
  bool wanted() const { return wanted_.load(std::memory_order_relaxed); }

  void note(const log::Batch& batch);
  Taken take(std::size_t most);

 private:
  std::atomic<bool> wanted_{false};
  base::Guarded<base::StringMap<std::uint64_t>> counts_;
};

}  // namespace weir::api
