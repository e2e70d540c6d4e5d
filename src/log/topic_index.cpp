#include "log/topic_index.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/guarded.hpp"
#include "base/logging.hpp"
#include "log/topic_index_file.hpp"
#include "log/topic_index_memory.hpp"
#include "log/topic_index_query.hpp"
#include "log/topic_index_reader.hpp"

namespace weir::log {
namespace {

using base::ErrorCode;

/// The file's integers are signed.
constexpr base::Sequence kLastSequence{std::numeric_limits<std::int64_t>::max()};

/// How many of the file's topics are known from the start, see KnownTopics.
constexpr std::size_t kKnownAtStart = KnownTopics::kBuckets * 2;

TopicInfo info_of(std::string name, const PostingSummary& summary) {
  TopicInfo info;
  info.name = std::move(name);
  info.events = summary.events;
  info.bytes = summary.bytes;
  info.first = summary.first;
  info.last = summary.last;
  return info;
}

/// Queries take what memory holds first and begin to read the file after: the file is then at least
/// as new as the copy, and whatever a flush has moved in between is known by the file's watermark
/// and left out of the copy. A copied generation is either wholly in the file or not at all.
class DeferredTopicIndex final : public TopicIndex {
 public:
  explicit DeferredTopicIndex(const Options& options) : options_(options) {}

  base::Result<> open();

  base::Sequence watermark() const override {
    return memory_.with([](const auto& memory) { return memory.watermark(); });
  }
  void add(const Batch& batch, const std::vector<bool>* unstored) override {
    memory_.with([&](auto& memory) { memory.add(batch, unstored); });
  }
  std::size_t unflushed() const override {
    return memory_.with([](const auto& memory) { return memory.postings(); });
  }
  std::uint64_t topics() const override {
    return memory_.with([](const auto& memory) { return memory.topics(); });
  }
  base::Result<> flush() override;

  base::Result<std::vector<base::Sequence>> postings(std::string_view topic, base::Sequence after,
                                                     base::Sequence up_to,
                                                     std::size_t limit) const override;
  base::Result<std::uint64_t> count(const proto::Selectors& selectors, base::Sequence after,
                                    base::Sequence up_to, const TopicFloors* floors) const override;
  base::Result<base::Sequence> nth_newest(const proto::Selectors& selectors, std::uint64_t n,
                                          base::Sequence up_to,
                                          const TopicFloors* floors) const override;
  base::Result<std::vector<TopicInfo>> list(const proto::Selectors* selectors,
                                            std::string_view after,
                                            std::size_t limit) const override;
  base::Result<TopicInfo> info(std::string_view topic) const override;

  base::Result<> trim_topic(std::string_view topic, base::Sequence up_to) override;
  base::Result<> trim_all(base::Sequence floor) override;

 private:
  using Parts = std::vector<TopicMemory::Part>;
  using Infos = std::map<std::string, PostingSummary, std::less<>>;

  /// A reader from the pool, at its view of the file; goes back at the end.
  class Lease {
   public:
    Lease() = default;
    Lease(const DeferredTopicIndex& index, std::unique_ptr<TopicIndexReader> reader)
        : index_(&index), reader_(std::move(reader)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (reader_ == nullptr) return;
      reader_->end();
      index_->readers_.with([&](auto& readers) { readers.push_back(std::move(reader_)); });
    }

    /// Null: there is no file.
    TopicIndexReader* get() const { return reader_.get(); }

   private:
    const DeferredTopicIndex* index_ = nullptr;
    std::unique_ptr<TopicIndexReader> reader_;
  };

  Parts copy(const proto::Selectors* selectors, std::string_view after = {}) const;
  /// Leaves out of the parts what the file holds as the lease sees it.
  base::Result<Lease> lease(Parts& parts) const;
  base::Result<TopicQuery> query(Parts parts, const Lease& lease, const proto::Selectors& selectors,
                                 const TopicFloors* floors) const;
  base::Result<> list_file(TopicIndexReader& reader, const proto::Selectors* selectors,
                           std::string_view after, std::size_t limit, Infos& infos) const;

  template <typename Trim>
  base::Result<> trim_file(Trim&& trim);
  /// After the file turned out to be damaged it is deleted, so that the next open begins anew.
  template <typename Result>
  Result noted(Result result) const;
  bool is_damaged() const {
    return damaged_.with([](bool damaged) { return damaged; });
  }

  Options options_;
  std::unique_ptr<TopicIndexFile> file_;  // Background thread. Null: in memory only.
  base::Guarded<TopicMemory> memory_;
  mutable base::Guarded<std::vector<std::unique_ptr<TopicIndexReader>>> readers_;
  mutable base::Guarded<bool> damaged_{false};
};

template <typename Result>
Result DeferredTopicIndex::noted(Result result) const {
  if (result || result.error().code != ErrorCode::kCorrupt) return result;
  const bool known = damaged_.with([](bool& damaged) { return std::exchange(damaged, true); });
  if (!known) {
    base::log_error("topic_index.damaged", "path={} reason=\"{}\" remedy=\"rebuilt at next start\"",
                    options_.path, result.error().detail);
    TopicIndexFile::remove(options_);
  }
  return result;
}

base::Result<> DeferredTopicIndex::open() {
  if (options_.path.empty()) return {};
  auto file = TopicIndexFile::open(options_);
  if (!file) return file.error();
  file_ = std::move(*file);
  const auto& contents = file_->contents();
  return memory_.with([&](auto& memory) -> base::Result<> {
    memory.start(contents.watermark, contents.topics, contents.has_shared_events);
    return noted(file_->each_name(kKnownAtStart, [&](auto name) { memory.know(name); }));
  });
}

base::Result<> DeferredTopicIndex::flush() {
  if (file_ == nullptr) return {};
  // Twice when an earlier flush failed and left its generation.
  while (const auto generation = memory_.with([](auto& memory) { return memory.freeze(); })) {
    if (auto written = noted(file_->write(*generation)); !written) {
      // There will be no file to flush to before the next open: memory must not grow until then.
      if (is_damaged()) memory_.with([](auto& memory) { memory.discard(); });
      return written;
    }
    for (std::size_t i = 0; i < TopicGeneration::kStripes; ++i) {
      memory_.with([&](auto& memory) { memory.know_stripe(i); });
    }
    const auto done =
        memory_.with([&](auto& memory) { return memory.flushed(file_->contents().topics); });
  }
  return {};
}

DeferredTopicIndex::Parts DeferredTopicIndex::copy(const proto::Selectors* selectors,
                                                   std::string_view after) const {
  Parts parts;
  if (selectors != nullptr && selectors->exact_only()) {
    for (const auto& topic : selectors->topics) {
      if (topic > after) memory_.with([&](const auto& memory) { memory.collect(topic, parts); });
    }
    return parts;
  }
  const auto wanted = [&](std::string_view name) {
    return name > after && (selectors == nullptr || selectors->matches(name));
  };
  for (std::size_t i = 0; i < TopicGeneration::kStripes; ++i) {
    memory_.with([&](const auto& memory) { memory.collect_stripe(i, wanted, parts); });
  }
  return parts;
}

base::Result<DeferredTopicIndex::Lease> DeferredTopicIndex::lease(Parts& parts) const {
  if (file_ == nullptr) return Lease();
  auto reader = readers_.with([](auto& readers) {
    std::unique_ptr<TopicIndexReader> idle;
    if (readers.empty()) return idle;
    idle = std::move(readers.back());
    readers.pop_back();
    return idle;
  });
  if (reader == nullptr) {
    auto opened = noted(TopicIndexReader::open(options_.path, options_.vfs));
    if (!opened) return opened.error();
    reader = std::move(*opened);
  }
  Lease lease(*this, std::move(reader));
  auto watermark = noted(lease.get()->begin());
  if (!watermark) return watermark.error();
  std::erase_if(parts,
                [&](const auto& part) { return part.stored && part.run.last <= *watermark; });
  return lease;
}

base::Result<std::vector<base::Sequence>> DeferredTopicIndex::postings(std::string_view topic,
                                                                       base::Sequence after,
                                                                       base::Sequence up_to,
                                                                       std::size_t limit) const {
  up_to = std::min(up_to, kLastSequence);
  std::vector<base::Sequence> sequences;
  if (limit == 0 || after >= up_to) return sequences;
  const auto take = [&](const PostingRun& run) {
    if (!run.overlaps(after, up_to)) return true;
    PostingReader postings(run);
    for (Posting posting; sequences.size() < limit && postings.next(posting);) {
      if (posting.sequence > up_to) break;
      if (posting.sequence > after) sequences.push_back(posting.sequence);
    }
    return sequences.size() < limit;
  };

  Parts parts;
  memory_.with([&](const auto& memory) { memory.collect(topic, parts); });
  auto leased = lease(parts);
  if (!leased) return leased.error();
  if (auto* reader = leased->get()) {
    auto found = noted(reader->find(topic));
    if (!found) return found.error();
    if (*found) {
      auto read = noted(reader->each_chunk((*found)->id, after, up_to, take));
      if (!read) return read.error();
    }
  }
  for (const auto& part : parts) {
    if (part.stored) take(part.run);
  }
  // Those that are not stored stand anywhere between the others.
  for (const auto& part : parts) {
    if (part.stored) continue;
    auto stored = std::exchange(sequences, {});
    take(part.run);
    const auto middle = sequences.insert(sequences.end(), stored.begin(), stored.end());
    std::inplace_merge(sequences.begin(), middle, sequences.end());
    sequences.resize(std::min(sequences.size(), limit));
  }
  return sequences;
}

base::Result<TopicQuery> DeferredTopicIndex::query(Parts parts, const Lease& lease,
                                                   const proto::Selectors& selectors,
                                                   const TopicFloors* floors) const {
  // Asked after the copy was taken: every event in it has been looked at.
  const bool has_shared_events =
      memory_.with([](const auto& memory) { return memory.has_shared_events(); });
  TopicQuery query(std::move(parts), lease.get(), has_shared_events, floors);
  if (auto found = noted(query.find(selectors)); !found) return found.error();
  return query;
}

base::Result<std::uint64_t> DeferredTopicIndex::count(const proto::Selectors& selectors,
                                                      base::Sequence after, base::Sequence up_to,
                                                      const TopicFloors* floors) const {
  auto parts = copy(&selectors);
  auto leased = lease(parts);
  if (!leased) return leased.error();
  auto question = query(std::move(parts), *leased, selectors, floors);
  if (!question) return question.error();
  return noted(question->count(after, std::min(up_to, kLastSequence)));
}

base::Result<base::Sequence> DeferredTopicIndex::nth_newest(const proto::Selectors& selectors,
                                                            std::uint64_t n, base::Sequence up_to,
                                                            const TopicFloors* floors) const {
  auto parts = copy(&selectors);
  auto leased = lease(parts);
  if (!leased) return leased.error();
  auto question = query(std::move(parts), *leased, selectors, floors);
  if (!question) return question.error();
  // Both answers are about the same copy.
  auto later = noted(question->count(std::min(up_to, kLastSequence), kLastSequence));
  if (!later) return later.error();
  auto found = noted(question->nth_newest(n + *later));
  if (found && *found > up_to) return base::Sequence{};
  return found;
}

/// Adds the first `limit` topics of the file.
base::Result<> DeferredTopicIndex::list_file(TopicIndexReader& reader,
                                             const proto::Selectors* selectors,
                                             std::string_view after, std::size_t limit,
                                             Infos& infos) const {
  const std::string beyond = std::string(after) + '\0';
  const auto ranges =
      selectors == nullptr ? std::vector<NameRange>{{{}, {}}} : name_ranges(*selectors);
  for (const auto& range : ranges) {
    if (limit == 0) break;
    if (!range.to.empty() && range.to <= beyond) continue;
    auto read = reader.each_topic(std::max(range.from, beyond), range.to,
                                  [&](std::string_view name, const TopicIndexReader::Topic& topic) {
                                    if (selectors != nullptr && !selectors->matches(name)) {
                                      return true;
                                    }
                                    infos.emplace(name, topic.summary);
                                    return --limit > 0;
                                  });
    if (!read) return read;
  }
  return {};
}

base::Result<std::vector<TopicInfo>> DeferredTopicIndex::list(const proto::Selectors* selectors,
                                                              std::string_view after,
                                                              std::size_t limit) const {
  auto parts = copy(selectors, after);
  auto leased = lease(parts);
  if (!leased) return leased.error();
  Infos infos;
  if (auto* reader = leased->get()) {
    auto read = noted(list_file(*reader, selectors, after, limit, infos));
    if (!read) return read.error();
  }
  // A name beyond the last that was read from the file cannot be among the first `limit`.
  for (const auto& part : parts) infos[part.name].merge(part.run);
  std::vector<TopicInfo> list;
  for (const auto& [name, summary] : infos) {
    if (list.size() == limit) break;
    list.push_back(info_of(name, summary));
  }
  return list;
}

base::Result<TopicInfo> DeferredTopicIndex::info(std::string_view topic) const {
  Parts parts;
  memory_.with([&](const auto& memory) { memory.collect(topic, parts); });
  auto leased = lease(parts);
  if (!leased) return leased.error();
  PostingSummary summary;
  if (auto* reader = leased->get()) {
    auto found = noted(reader->find(topic));
    if (!found) return found.error();
    if (*found) summary = (*found)->summary;
  }
  for (const auto& part : parts) summary.merge(part.run);
  if (summary.empty()) return base::make_error(ErrorCode::kNotFound, "the topic holds nothing");
  return info_of(std::string(topic), summary);
}

/// Runs steps of a trim until it is done, telling memory of topics that leave the file.
template <typename Trim>
base::Result<> DeferredTopicIndex::trim_file(Trim&& trim) {
  if (file_ == nullptr) return {};
  for (;;) {
    auto step = noted(trim(*file_));
    if (!step) return step.error();
    memory_.with([&](auto& memory) { memory.left_file(step->left, file_->contents().topics); });
    if (step->done) return {};
  }
}

base::Result<> DeferredTopicIndex::trim_topic(std::string_view topic, base::Sequence up_to) {
  up_to = std::min(up_to, kLastSequence);
  memory_.with([&](auto& memory) { memory.trim_topic(topic, up_to); });
  return trim_file([&](auto& file) { return file.trim_topic(topic, up_to); });
}

base::Result<> DeferredTopicIndex::trim_all(base::Sequence floor) {
  floor = std::min(floor, kLastSequence);
  for (std::size_t i = 0; i < TopicGeneration::kStripes; ++i) {
    memory_.with([&](auto& memory) { memory.trim_stripe(i, floor); });
  }
  return trim_file([&](auto& file) { return file.trim_all(floor); });
}

}  // namespace

base::Result<std::unique_ptr<TopicIndex>> TopicIndex::open(const Options& options) {
  auto index = std::make_unique<DeferredTopicIndex>(options);
  if (auto opened = index->open(); !opened) return opened.error();
  return std::unique_ptr<TopicIndex>(std::move(index));
}

}  // namespace weir::log
