#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "log/sqlite_database.hpp"
#include "log/topic_index.hpp"
#include "log/topic_index_memory.hpp"
#include "log/topic_index_run.hpp"

namespace weir::log {

/// The topic index's file as its writer sees it. One thread at a time.
///
/// Each topic has a row with its totals and one row for each chunk of its postings, which follow
/// each other in the file. A flush is one transaction that moves the watermark too, so there is
/// never a posting beyond the watermark. With synchronous=NORMAL a power failure may take back
/// whole transactions, the newest first: the watermark goes back with them.
class TopicIndexFile {
 public:
  struct Contents {
    base::Sequence watermark;
    std::uint64_t topics = 0;
    bool has_shared_events = false;  ///< Some event stands, or stood, under several topics.
  };

  /// Opens or creates it. A file that cannot be used is logged, deleted and made anew.
  static base::Result<std::unique_ptr<TopicIndexFile>> open(const TopicIndex::Options& options);

  /// Deletes the file and what SQLite has beside it; connections that are open go on with nothing.
  static void remove(const TopicIndex::Options& options);

  const Contents& contents() const { return contents_; }
  /// Names of topics, at most so many.
  base::Result<> each_name(std::size_t limit, const std::function<void(std::string_view)>& on_name);

  /// Adds a generation in one transaction; all of it or, on an error, nothing.
  base::Result<> write(const TopicGeneration& generation);

  /// What a trim did in one transaction of bounded size.
  struct Trimmed {
    std::vector<std::string> left;  ///< Topics that have no posting any more.
    bool done = false;              ///< Else: call again.
  };
  base::Result<Trimmed> trim_topic(std::string_view topic, base::Sequence up_to);
  base::Result<Trimmed> trim_all(base::Sequence floor);

 private:
  struct Topic {
    std::int64_t id = 0;
    std::string name;
    PostingSummary summary;
  };

  TopicIndexFile(std::unique_ptr<SqliteDatabase> database, Contents contents)
      : database_(std::move(database)), contents_(contents) {}

  static base::Result<std::unique_ptr<TopicIndexFile>> try_open(const TopicIndex::Options& options);

  /// Runs the body and commits; on an error everything, `contents_` too, is as before.
  base::Result<> in_transaction(const std::function<base::Result<>()>& body);
  base::Result<> save_contents();
  base::Result<std::optional<Topic>> find(std::string_view name);
  base::Result<std::int64_t> insert_topic(std::string_view name);
  base::Result<> write_topic(std::string_view name, const PostingRun& run);
  base::Result<PostingRun> unfinished_chunk(std::int64_t topic);
  base::Result<> store_chunk(std::int64_t topic, const PostingRun& chunk);
  base::Result<> store_topic(const Topic& topic);

  struct Erased {
    PostingSummary postings;
    std::size_t chunks = 0;
  };
  base::Result<> trim_chunks(Topic topic, base::Sequence up_to, Trimmed& trimmed,
                             std::size_t& budget);
  base::Result<Erased> erase_chunks(std::int64_t topic, base::Sequence up_to, std::size_t limit);
  base::Result<PostingSummary> cut_first_chunk(std::int64_t topic, base::Sequence up_to);
  base::Result<> erase_topic(const Topic& topic, Trimmed& trimmed);
  base::Result<> give_back_space();

  std::unique_ptr<SqliteDatabase> database_;
  Contents contents_;
};

/// What the file says of itself. kCorrupt when it cannot be used with the log that the options
/// tell of, with the reason.
base::Result<TopicIndexFile::Contents> read_index_contents(SqliteDatabase& database,
                                                           const TopicIndex::Options& options);
/// Reads first, last, events, bytes, from the column on.
PostingSummary read_summary(const SqliteStatement& row, int column);
/// Reads a chunk's row: first, last, events, bytes, data, in the columns 0 to 4. kCorrupt if they
/// do not belong together.
base::Result<PostingRun> read_chunk(const SqliteStatement& row);

}  // namespace weir::log
