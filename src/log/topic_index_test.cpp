#include "log/topic_index.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>

#include "log/sqlite_database.hpp"
#include "log/topic_index_run.hpp"
#include "log/topic_index_testing.hpp"

namespace weir::log {
namespace {

using namespace testing;
using base::ErrorCode;
using base::Sequence;

constexpr Sequence kEnd{~std::uint64_t{0}};

/// So many events, one in each of the topics in turn.
BatchPtr rounds(std::uint64_t first, std::size_t events, const std::vector<std::string>& topics) {
  std::vector<std::vector<std::string>> names;
  for (std::size_t i = 0; i < events; ++i) names.push_back({topics[i % topics.size()]});
  return make_batch(first, names);
}

std::uint64_t count(const TopicIndex& index, const proto::Selectors& wanted, Sequence after = {},
                    Sequence up_to = kEnd) {
  return index.count(wanted, after, up_to).value();
}

TEST(TopicIndex, AnEventUnderSeveralMatchingTopicsCountsOnce) {
  const auto index = open_index("");
  index->add(*make_batch(1, {{"a/1", "a/2"}, {"a/1"}, {"b"}, {"a/2", "b"}}));
  EXPECT_EQ(count(*index, selectors({}, {"a/*"})), 3u);
  EXPECT_EQ(count(*index, selectors({"a/1", "a/2"})), 3u);
  EXPECT_EQ(count(*index, selectors({}, {"**"})), 4u);
  EXPECT_EQ(count(*index, selectors({"b"})), 2u);
  EXPECT_EQ(index->nth_newest(selectors({}, {"a/*"}), 2, {~0ULL})->value, 2u);
}

TEST(TopicIndex, EphemeralEventsAreNotInIt) {
  const auto index = open_index("");
  index->add(*make_batch({}, {}, {{{}, {"a"}, 5}}));
  EXPECT_EQ(index->topics(), 0u);
  EXPECT_EQ(count(*index, selectors({"a"})), 0u);
}

TEST(TopicIndex, ABatchThatIsAddedAgainChangesNothing) {
  const ScratchFolder folder;
  const auto index = open_index(folder.index());
  const auto batch = make_batch(1, {{"a"}, {"a"}});
  index->add(*batch);
  index->add(*batch);
  ASSERT_TRUE(index->flush().has_value());
  index->add(*batch);
  EXPECT_EQ(index->unflushed(), 0u);
  EXPECT_EQ(index->info("a")->events, 2u);
}

TEST(TopicIndex, AFlushMovesTheWatermarkAndEmptiesMemory) {
  const ScratchFolder folder;
  auto index = open_index(folder.index());
  index->add(*make_batch(1, {{"a"}, {"b"}, {"a"}}));
  EXPECT_EQ(index->watermark().value, 0u);
  EXPECT_EQ(index->unflushed(), 3u);
  ASSERT_TRUE(index->flush().has_value());
  EXPECT_EQ(index->watermark().value, 3u);
  EXPECT_EQ(index->unflushed(), 0u);

  index.reset();
  index = open_index(folder.index());
  EXPECT_EQ(index->watermark().value, 3u);
  EXPECT_EQ(index->topics(), 2u);
  EXPECT_EQ(index->postings("a", {}, kEnd, 10).value(), (std::vector<Sequence>{{1}, {3}}));
}

TEST(TopicIndex, CommitsWithoutEventsMoveTheWatermarkToo) {
  const ScratchFolder folder;
  const auto index = open_index(folder.index());
  index->add(*make_batch({1}, {5}, {}));
  ASSERT_TRUE(index->flush().has_value());
  EXPECT_EQ(index->watermark().value, 5u);
  EXPECT_EQ(index->info("a").error().code, ErrorCode::kNotFound);
}

TEST(TopicIndex, ManySmallFlushesFillTheSameChunks) {
  const ScratchFolder folder;
  const auto index = open_index(folder.index());
  for (std::uint64_t i = 0; i < 1000; ++i) {
    index->add(*make_batch(1 + 2 * i, {{"a"}, {"b"}}));
    ASSERT_TRUE(index->flush().has_value());
  }
  const auto database = SqliteDatabase::open(folder.index(), SqliteDatabase::Mode::kReadOnly, {});
  // Each topic has about 2,000 bytes of postings.
  EXPECT_LE((*database)->number("SELECT count(*) FROM postings")->value(), 10);
  EXPECT_EQ(index->info("a")->events, 1000u);
  EXPECT_EQ(count(*index, selectors({"a"}), {501}, {1501}), 500u);
}

TEST(TopicIndex, ATopicsLastTrimRemovesTheTopic) {
  const ScratchFolder folder;
  const auto index = open_index(folder.index());
  index->add(*make_batch(1, {{"a"}, {"b"}, {"a"}}));
  ASSERT_TRUE(index->flush().has_value());
  index->add(*make_batch(4, {{"a"}}));
  ASSERT_TRUE(index->trim_topic("a", {3}).has_value());
  EXPECT_EQ(index->topics(), 2u);
  EXPECT_EQ(index->info("a")->first.value, 4u);
  ASSERT_TRUE(index->trim_topic("a", {4}).has_value());
  EXPECT_EQ(index->topics(), 1u);
  EXPECT_EQ(index->info("a").error().code, ErrorCode::kNotFound);
  const auto list = index->list(nullptr, "", 10).value();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].name, "b");
}

TEST(TopicIndex, TrimsManyTopicsAndLongOnesInSteps) {
  const ScratchFolder folder;
  const auto index = open_index(folder.index());
  std::vector<std::string> topics;
  for (int i = 0; i < 1500; ++i) topics.push_back(fmt::format("t/{}", i));
  index->add(*rounds(1, 3000, topics));
  // Far more chunks than one transaction of a trim erases.
  index->add(*rounds(3001, 500'000, {"long"}));
  ASSERT_TRUE(index->flush().has_value());
  ASSERT_TRUE(index->trim_all({400'000}).has_value());
  EXPECT_EQ(index->topics(), 1u);
  const auto info = index->info("long").value();
  EXPECT_EQ(info.first.value, 400'001u);
  EXPECT_EQ(info.events, 103'000u);
  EXPECT_EQ(info.bytes, 1'030'000u);
  EXPECT_EQ(count(*index, selectors({}, {"**"})), 103'000u);
}

TEST(TopicIndex, FindsTheNewestOfTopicsWhoseEventsLieFarApart) {
  const ScratchFolder folder;
  const auto index = open_index(folder.index());
  index->add(*make_batch({1}, {1}, {{{1}, {"a/1", "x"}, 1}}));
  index->add(*make_batch({100'000'000}, {100'000'000}, {{{100'000'000}, {"a/2"}, 1}}));
  ASSERT_TRUE(index->flush().has_value());
  index->add(*make_batch({100'000'001}, {200'000'000}, {{{200'000'000}, {"a/1"}, 1}}));
  const auto wanted = selectors({}, {"a/*"});
  EXPECT_EQ(index->nth_newest(wanted, 1, {~0ULL})->value, 200'000'000u);
  EXPECT_EQ(index->nth_newest(wanted, 2, {~0ULL})->value, 100'000'000u);
  EXPECT_EQ(index->nth_newest(wanted, 3, {~0ULL})->value, 1u);
  EXPECT_EQ(index->nth_newest(wanted, 4, {~0ULL})->value, 1u);
  EXPECT_EQ(count(*index, wanted), 3u);
}

TEST(TopicIndex, ListsBytesInOrderAcrossMemoryAndFile) {
  const ScratchFolder folder;
  const auto index = open_index(folder.index());
  index->add(*make_batch(1, {{"b"}, {"d"}, {"\xc3\xa9"}, {"f"}}));
  ASSERT_TRUE(index->flush().has_value());
  index->add(*make_batch(5, {{"a"}, {"d"}, {"e"}}));
  const auto names = [&](std::string_view after, std::size_t limit) {
    std::string all;
    for (const auto& info : index->list(nullptr, after, limit).value()) all += info.name;
    return all;
  };
  EXPECT_EQ(names("", 10), "abdef\xc3\xa9");
  EXPECT_EQ(names("", 3), "abd");
  EXPECT_EQ(names("b", 2), "de");
  EXPECT_EQ(index->info("d")->events, 2u);
  EXPECT_EQ(index->topics(), 6u);
}

/// The default file system, but that a file's next opening does something else first.
class OpeningHook {
 public:
  OpeningHook() : vfs_(*sqlite3_vfs_find(nullptr)) {
    vfs_.pNext = nullptr;
    vfs_.zName = "opening-hook";
    vfs_.xOpen = [](sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
      if (auto first = std::exchange(next_, nullptr)) first();
      auto* system = sqlite3_vfs_find(nullptr);
      return system->xOpen(system, name, file, flags, out);
    };
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~OpeningHook() { sqlite3_vfs_unregister(&vfs_); }
  OpeningHook(const OpeningHook&) = delete;
  OpeningHook& operator=(const OpeningHook&) = delete;

  void before_next(std::function<void()> first) { next_ = std::move(first); }

 private:
  static inline std::function<void()> next_;
  sqlite3_vfs vfs_;
};

TEST(TopicIndex, CountsOnceWhatIsFlushedAfterAQuestionLookedAtMemory) {
  const ScratchFolder folder;
  OpeningHook hook;
  const auto index =
      TopicIndex::open({folder.index(), "opening-hook", kEpoch, std::nullopt}).value();
  index->add(*make_batch(1, {{"a"}, {"b"}, {"a"}}));
  // The first question opens a connection of its own, after it has copied what is in memory.
  hook.before_next([&] { EXPECT_TRUE(index->flush().has_value()); });
  EXPECT_EQ(count(*index, selectors({"a"})), 2u);
  EXPECT_EQ(index->watermark().value, 3u);
}

// What makes a file useless.

class DamagedTopicIndex : public ::testing::Test {
 protected:
  DamagedTopicIndex() {
    const auto index = open_index(folder_.index());
    index->add(*rounds(1, 60'000, {"a", "b"}));
    EXPECT_TRUE(index->flush().has_value());
  }

  void overwrite(std::streamoff from, std::size_t bytes) {
    std::fstream file(folder_.index(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(from);
    file << std::string(bytes, '\xee');
  }
  void expect_begins_anew() {
    const auto index = open_index(folder_.index());
    EXPECT_EQ(index->watermark().value, 0u);
    EXPECT_EQ(index->topics(), 0u);
    index->add(*rounds(1, 10, {"a"}));
    EXPECT_TRUE(index->flush().has_value());
    EXPECT_EQ(count(*index, selectors({"a"})), 10u);
  }

  ScratchFolder folder_;
};

TEST_F(DamagedTopicIndex, OfAnotherLogBeginsAnew) {
  const auto other = TopicIndex::open({folder_.index(), {}, {kEpoch.value + 1}, std::nullopt});
  EXPECT_EQ((*other)->watermark().value, 0u);
  EXPECT_EQ((*other)->topics(), 0u);
}

TEST_F(DamagedTopicIndex, ThatKnowsMoreThanTheLogBeginsAnew) {
  const auto same = TopicIndex::open({folder_.index(), {}, kEpoch, Sequence{60'000}});
  EXPECT_EQ((*same)->watermark().value, 60'000u);
  const auto unclean =
      TopicIndex::open({folder_.index(), {}, kEpoch, Sequence{90'000}, Sequence{60'000}});
  EXPECT_EQ((*unclean)->watermark().value, 60'000u);
  const auto other = TopicIndex::open({folder_.index(), {}, kEpoch, Sequence{59'999}});
  EXPECT_EQ((*other)->watermark().value, 0u);
}

TEST_F(DamagedTopicIndex, WithAnotherHeadBeginsAnew) {
  overwrite(0, 4096);
  expect_begins_anew();
}

TEST_F(DamagedTopicIndex, TruncatedToNothingBeginsAnew) {
  std::filesystem::resize_file(folder_.index(), 0);
  expect_begins_anew();
}

TEST_F(DamagedTopicIndex, DamagedInsideSaysSoAndBeginsAnewWhenOpenedAgain) {
  const auto size = std::filesystem::file_size(folder_.index());
  ASSERT_GT(size, 40u * 4096);
  overwrite(20 * 4096, static_cast<std::size_t>(size) - 20 * 4096);
  {
    const auto index = open_index(folder_.index());
    const auto postings = index->postings("b", {}, kEnd, 60'000);
    ASSERT_FALSE(postings.has_value());
    EXPECT_EQ(postings.error().code, ErrorCode::kCorrupt);
    index->add(*rounds(60'001, 100, {"b"}));
    EXPECT_FALSE(index->flush().has_value());
    EXPECT_EQ(index->unflushed(), 0u);
  }
  expect_begins_anew();
}

TEST(TopicIndex, AFolderThatDoesNotExistIsAnError) {
  const auto index = TopicIndex::open({"/nonexistent/topic-index.db", {}, kEpoch, std::nullopt});
  ASSERT_FALSE(index.has_value());
  EXPECT_NE(index.error().code, ErrorCode::kCorrupt);
}

TEST(PostingReader, StopsAtBytesThatAreNoPosting) {
  for (const std::string& data :
       {std::string("\x80"), std::string("\x01"), std::string(11, '\xff')}) {
    PostingReader reader({1}, data);
    Posting posting;
    EXPECT_FALSE(reader.next(posting));
    EXPECT_FALSE(reader.complete());
  }
}

// One thread adds, one flushes and trims, others ask: what was added before a question is in its
// answer, once.
TEST(TopicIndex, AnswersAreCompleteWhileOthersAddFlushAndTrim) {
  constexpr std::uint64_t kBatches = 500;
  constexpr std::uint64_t kEvents = 20;  // Of a batch: half are kept, half will be trimmed.
  const ScratchFolder folder;
  const auto index = open_index(folder.index());
  std::atomic<std::uint64_t> added{0};
  const auto is_done = [&] { return added.load() == kBatches * kEvents; };

  std::thread adder([&] {
    for (std::uint64_t i = 0; i < kBatches; ++i) {
      const auto first = i * kEvents + 1;
      index->add(
          *rounds(first, kEvents, {fmt::format("keep/{}", i % 7), fmt::format("drop/{}", i % 5)}));
      added.store(first + kEvents - 1);
    }
  });
  std::thread background([&] {
    while (!is_done()) {
      EXPECT_TRUE(index->flush().has_value());
      const Sequence up_to{added.load() / 2};
      for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(index->trim_topic(fmt::format("drop/{}", i), up_to).has_value());
      }
    }
    EXPECT_TRUE(index->flush().has_value());
  });
  const auto ask = [&] {
    const auto wanted = selectors({}, {"keep/*"});
    do {
      const Sequence head{added.load()};
      EXPECT_EQ(count(*index, wanted, {}, head), head.value / 2);
      std::uint64_t listed = 0;
      for (const auto& info : index->list(&wanted, "", 100).value()) listed += info.events;
      EXPECT_GE(listed, head.value / 2);
      if (head.value == 0) continue;
      EXPECT_GE(index->nth_newest(wanted, 1, {~0ULL})->value, head.value - 1);
      EXPECT_EQ(index->postings("keep/0", {}, head, 1).value(), std::vector<Sequence>{{1}});
      EXPECT_GE(index->topics(), 1u);
    } while (!is_done());
  };
  std::thread asker(ask);
  ask();
  adder.join();
  background.join();
  asker.join();
  EXPECT_EQ(index->watermark().value, kBatches * kEvents);
  EXPECT_EQ(count(*index, selectors({}, {"keep/**"})), kBatches * kEvents / 2);
}

}  // namespace
}  // namespace weir::log
