// The topic index against the simplest thing that does the same, under random operations.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/random.hpp"
#include "log/sqlite_database.hpp"
#include "log/topic_index_testing.hpp"

namespace weir::log {
namespace {

using namespace testing;
using base::Sequence;

/// Every (position, topic) that is retained, with the event's bytes.
class Model {
 public:
  struct Event {
    std::set<std::string> topics;
    std::size_t bytes = 0;
    bool stored = true;
  };

  void add(const IndexedEvent& event, bool stored) {
    events_[event.sequence] = {{event.topics.begin(), event.topics.end()}, event.bytes, stored};
  }
  void restart() {
    std::erase_if(events_, [](const auto& entry) { return !entry.second.stored; });
  }
  void trim(const std::string* topic, Sequence up_to) {
    for (auto at = events_.begin(); at != events_.end() && at->first <= up_to;) {
      topic == nullptr ? at->second.topics.clear()
                       : static_cast<void>(at->second.topics.erase(*topic));
      at = at->second.topics.empty() ? events_.erase(at) : std::next(at);
    }
  }
  const std::map<Sequence, Event>& events() const { return events_; }

  std::vector<Sequence> matching(const proto::Selectors& wanted, Sequence after, Sequence up_to,
                                 const TopicFloors& floors = {}) const {
    std::vector<Sequence> found;
    for (const auto& [sequence, event] : events_) {
      if (sequence <= after || sequence > up_to) continue;
      for (const auto& topic : event.topics) {
        if (!wanted.matches(topic)) continue;
        const auto floor = floors.find(topic);
        if (floor != floors.end() && sequence <= floor->second) continue;
        found.push_back(sequence);
        break;
      }
    }
    return found;
  }
  std::map<std::string, TopicInfo> infos() const {
    std::map<std::string, TopicInfo> infos;
    for (const auto& [sequence, event] : events_) {
      for (const auto& topic : event.topics) {
        auto& info = infos[topic];
        if (info.events == 0) info.first = sequence;
        info.name = topic;
        info.last = sequence;
        ++info.events;
        info.bytes += event.bytes;
      }
    }
    return infos;
  }

 private:
  std::map<Sequence, Event> events_;
};

class Trial {
 public:
  Trial(std::uint64_t seed, bool on_disk) : random_(seed), on_disk_(on_disk) {
    shared_events_ = random_.below(3) > 0;
    topics_ = 1 + random_.below(40);
    reopen();
  }

  void step() {
    switch (random_.below(12)) {
      case 0:
        ASSERT_TRUE(index_->flush().has_value());
        ASSERT_EQ(index_->unflushed() == 0, on_disk_ || model_.events().empty());
        break;
      case 1:
        if (on_disk_) fail_to_flush();
        break;
      case 2:
        if (on_disk_) reopen();
        break;
      case 3:
        trim_one();
        break;
      case 4:
        if (random_.below(3) == 0) trim_all();
        break;
      default:
        add();
    }
    check();
  }

 private:
  struct Range {
    Sequence first;
    Sequence last;
  };

  std::string topic() { return fmt::format("t{}/{}", random_.below(3), random_.below(topics_)); }
  Sequence position() { return {random_.below(head_.value + 2)}; }

  void add() {
    Range range{head_.next(), head_ + (1 + random_.below(random_.below(8) == 0 ? 1500 : 20))};
    head_ = range.last;
    const bool narrow = random_.below(3) == 0;
    const auto only = topic();
    const bool all_stored = random_.below(3) > 0;
    for (auto at = range.first; at <= range.last; at = at.next()) {
      if (random_.below(6) == 0) continue;
      IndexedEvent event{at, {narrow ? only : topic()}, random_.below(300)};
      while (shared_events_ && random_.below(4) == 0) event.topics.push_back(topic());
      model_.add(event, !on_disk_ || all_stored || random_.below(3) > 0);
    }
    batches_.push_back(range);
    std::vector<bool> unstored;
    for (auto at = model_.events().lower_bound(range.first); at != model_.events().end(); ++at) {
      unstored.push_back(!at->second.stored);
    }
    index_->add(*retained(range), &unstored);
  }

  BatchPtr retained(const Range& range) const {
    std::vector<IndexedEvent> events;
    for (auto at = model_.events().lower_bound(range.first);
         at != model_.events().end() && at->first <= range.last; ++at) {
      events.push_back(
          {at->first, {at->second.topics.begin(), at->second.topics.end()}, at->second.bytes});
    }
    return make_batch(range.first, range.last, events);
  }

  /// What is in memory alone is lost, and added again from the log.
  void reopen() {
    index_.reset();
    model_.restart();
    index_ = open_index(on_disk_ ? folder_.index() : "");
    for (const auto& range : batches_) {
      if (range.last > index_->watermark()) index_->add(*retained(range));
    }
  }

  /// Another connection holds the file, or the transaction fails at its very end.
  void fail_to_flush() {
    auto other = SqliteDatabase::open(folder_.index(), SqliteDatabase::Mode::kReadWrite, {});
    ASSERT_TRUE(other.has_value());
    const bool at_end = random_.below(2) == 0;
    ASSERT_TRUE((*other)
                    ->execute(at_end ? "CREATE TRIGGER refuse BEFORE UPDATE ON contents "
                                       "BEGIN SELECT raise(ABORT, 'refused'); END"
                                     : "BEGIN IMMEDIATE")
                    .has_value());
    const bool something_new = index_->watermark() < head_;
    ASSERT_EQ(index_->flush().has_value(), !something_new);
    ASSERT_TRUE((*other)->execute(at_end ? "DROP TRIGGER refuse" : "ROLLBACK").has_value());
  }

  void trim_one() {
    const auto name = topic();
    const auto up_to = position();
    model_.trim(&name, up_to);
    ASSERT_TRUE(index_->trim_topic(name, up_to).has_value());
  }

  void trim_all() {
    const auto floor = position();
    model_.trim(nullptr, floor);
    ASSERT_TRUE(index_->trim_all(floor).has_value());
  }

  proto::Selectors some_selectors() {
    switch (random_.below(6)) {
      case 0:
        return selectors({}, {"**"});
      case 1:
        return selectors({topic(), topic()}, {"t1/*"});
      case 2:
        return selectors({}, {"t0/**", "t2/1{rest}"});
      case 3:
        return selectors({topic(), topic(), topic()});
      default:
        return selectors({topic()});
    }
  }

  void check() {
    const auto wanted = some_selectors();
    const auto after = position();
    const auto up_to = random_.below(4) == 0 ? Sequence{~std::uint64_t{0}} : position();
    // What is trimmed already in the log, but not in the index.
    TopicFloors floors;
    for (auto some = random_.below(6); some > 0; --some) floors[topic()] = position();
    const auto expected = model_.matching(wanted, after, up_to, floors);
    ASSERT_EQ(index_->count(wanted, after, up_to, &floors).value(), expected.size());

    const auto all = model_.matching(wanted, {}, head_, floors);
    const auto n = 1 + random_.below(all.size() + 2);
    const auto nth =
        all.empty() ? Sequence{} : all[all.size() - std::min<std::size_t>(n, all.size())];
    ASSERT_EQ(index_->nth_newest(wanted, n, {~0ULL}, &floors).value().value, nth.value);
    check_postings(after, up_to);
    check_infos(wanted);
  }

  void check_postings(Sequence after, Sequence up_to) {
    const auto name = topic();
    const auto limit = 1 + random_.below(200);
    auto expected = model_.matching(selectors({name}), after, up_to);
    expected.resize(std::min<std::size_t>(limit, expected.size()));
    ASSERT_EQ(index_->postings(name, after, up_to, limit).value(), expected);
  }

  void check_infos(const proto::Selectors& wanted) {
    const auto infos = model_.infos();
    ASSERT_EQ(index_->topics(), infos.size());
    const auto after = random_.below(2) == 0 ? std::string() : topic();
    const auto limit = random_.below(50);
    const auto* selected = random_.below(3) == 0 ? nullptr : &wanted;
    const auto list = index_->list(selected, after, limit).value();
    std::size_t listed = 0;
    for (auto at = infos.upper_bound(after); at != infos.end() && listed < limit; ++at) {
      if (selected != nullptr && !selected->matches(at->first)) continue;
      ASSERT_LT(listed, list.size());
      expect_same(list[listed++], at->second);
    }
    ASSERT_EQ(listed, list.size());

    const auto name = topic();
    const auto info = index_->info(name);
    ASSERT_EQ(info.has_value(), infos.count(name) == 1);
    if (info) expect_same(*info, infos.at(name));
  }

  static void expect_same(const TopicInfo& is, const TopicInfo& should) {
    EXPECT_EQ(is.name, should.name);
    EXPECT_EQ(is.events, should.events) << is.name;
    EXPECT_EQ(is.bytes, should.bytes) << is.name;
    EXPECT_EQ(is.first.value, should.first.value) << is.name;
    EXPECT_EQ(is.last.value, should.last.value) << is.name;
  }

  base::Random random_;
  bool on_disk_;
  bool shared_events_;
  std::uint64_t topics_;
  ScratchFolder folder_;
  Model model_;
  Sequence head_;
  std::vector<Range> batches_;
  std::unique_ptr<TopicIndex> index_;
};

class TopicIndexModel : public ::testing::TestWithParam<bool> {};

TEST_P(TopicIndexModel, AnswersLikeASimpleListOfPostingsWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Trial trial(seed, GetParam());
    for (int i = 0; i < 60; ++i) {
      trial.step();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, TopicIndexModel, ::testing::Bool(), [](const auto& value) {
  return std::string(value.param ? "OnDisk" : "InMemory");
});

}  // namespace
}  // namespace weir::log
