#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "log/sqlite_database.hpp"
#include "log/topic_index_run.hpp"

namespace weir::log {

/// A connection for queries to the topic index's file. One thread at a time.
class TopicIndexReader {
 public:
  struct Topic {
    std::int64_t id = 0;
    PostingSummary summary;
  };

  static base::Result<std::unique_ptr<TopicIndexReader>> open(const std::string& path,
                                                              const std::string& vfs);

  /// From now on, until `end`, everything is read as it is now: complete up to the watermark that
  /// is returned.
  base::Result<base::Sequence> begin();
  void end();

  base::Result<std::optional<Topic>> find(std::string_view name);
  /// Topics in byte order with `from` <= name < `to` (an empty `to` is no bound), until it returns
  /// false.
  base::Result<> each_topic(std::string_view from, std::string_view to,
                            const std::function<bool(std::string_view, const Topic&)>& on_topic);
  /// The topic's chunks that may hold postings in (after, up_to], ascending, until it returns
  /// false.
  base::Result<> each_chunk(std::int64_t topic, base::Sequence after, base::Sequence up_to,
                            const std::function<bool(const PostingRun&)>& on_chunk);
  /// How many of the topic's postings lie in (after, up_to]. Decodes only the chunks at the ends.
  base::Result<std::uint64_t> count(std::int64_t topic, base::Sequence after, base::Sequence up_to);
  /// The n-th newest of the topic (n ≥ 1), or the oldest if there are fewer.
  base::Result<base::Sequence> nth_newest(std::int64_t topic, std::uint64_t n);

 private:
  explicit TopicIndexReader(std::unique_ptr<SqliteDatabase> database)
      : database_(std::move(database)) {}

  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace weir::log
