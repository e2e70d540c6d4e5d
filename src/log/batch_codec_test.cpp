#include "log/batch_codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "log/batch_builder.hpp"
#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using ::testing::ElementsAre;
using testing::event;

constexpr base::Epoch kEpoch{5};
constexpr base::UnixMillis kNow = 1'700'000'000'000;
const NamespaceRules kDefault{};
const NamespaceRules kOther{.id = 3, .retention = {}};

std::vector<EncodedRow> rows_of(const BatchBuilder& builder) {
  std::vector<EncodedRow> rows;
  for (auto& row : builder.encode()) rows.push_back(std::move(row.row));
  return rows;
}

std::vector<std::string> described(const Batch& batch) {
  std::vector<std::string> out;
  testing::describe(batch, {}, out);
  return out;
}

TEST(BatchCodec, EveryFieldComesBack) {
  proto::Event full;
  full.topics = {"a", "b/c", "a"};
  full.type = "kind";
  full.data = std::string("line\nwith \0 NUL", 15);
  full.id = "id";
  full.key = "key";
  full.flags = proto::kPrivate | proto::kTerminal;
  full.time = -5;
  full.ttl_ms = 4'000'000'000u;
  full.retry_ms = 0;
  full.trace = "0123456789abcdef01234567\x01";
  BatchBuilder builder;
  builder.begin({41}, kNow);
  builder.append(full, kDefault);
  builder.append(event("b/c", ""), kDefault);
  auto batch = BatchDecoder::decode(kEpoch, rows_of(builder));
  ASSERT_TRUE(batch);
  const auto& first = (**batch)[0];
  EXPECT_EQ((*batch)->epoch(), kEpoch);
  EXPECT_EQ((*batch)->first().value, 42u);
  EXPECT_EQ((*batch)->last().value, 43u);
  EXPECT_EQ(first.sequence.value, 42u);
  EXPECT_THAT(first.topics, ElementsAre("a", "b/c", "a"));
  EXPECT_EQ(first.type, "kind");
  EXPECT_EQ(first.data, full.data);
  EXPECT_EQ(first.id, "id");
  EXPECT_EQ(first.key, "key");
  EXPECT_EQ(first.flags, full.flags);
  EXPECT_EQ(first.time, -5);
  EXPECT_EQ(first.expires, kNow + 4'000'000'000);
  EXPECT_EQ(first.retry_ms, 0u);
  EXPECT_EQ(first.trace, full.trace);
  EXPECT_TRUE((*batch)->traced());
  EXPECT_EQ((**batch)[1].time, kNow);
  EXPECT_EQ((**batch)[1].retry_ms, std::nullopt);
  EXPECT_EQ((**batch)[1].trace, "");

  const auto topics = (*batch)->by_topic();
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].topic, "a");
  EXPECT_TRUE(topics[0].closed);
  EXPECT_THAT(topics[0].runs, ElementsAre(EventRange{0, 1}));
  EXPECT_EQ(topics[1].topic, "b/c");
  EXPECT_FALSE(topics[1].closed) << "an event came after the one that ended it";
  EXPECT_THAT(topics[1].runs, ElementsAre(EventRange{0, 2}));
}

TEST(BatchCodec, RowsOfACommitBecomeOneBatchInOrderHoweverTheyAreGiven) {
  BatchBuilder builder;
  builder.begin({}, kNow);
  builder.append(event("a", "1"), kDefault);
  builder.append(event("x", "2"), kOther);
  builder.append(event("a", "3"), kDefault);
  builder.append(event("a", "4"), kOther);
  auto rows = rows_of(builder);
  ASSERT_EQ(rows.size(), 2u);
  std::swap(rows[0], rows[1]);
  const auto other_alone = std::vector{rows[0]};
  auto batch = BatchDecoder::decode(kEpoch, std::move(rows));
  ASSERT_TRUE(batch);
  EXPECT_THAT(described(**batch), ElementsAre("1:a=1", "2:x=2", "3:a=3", "4:a=4"));
  EXPECT_THAT((*batch)->by_topic()[0].runs, ElementsAre(EventRange{0, 1}, EventRange{2, 2}));
  EXPECT_EQ((*batch)->index_after({2}), 2u);

  // When a namespace's row is gone the rest keeps its positions, and the batch its range.
  auto rest = BatchDecoder::decode(kEpoch, other_alone);
  ASSERT_TRUE(rest);
  EXPECT_THAT(described(**rest), ElementsAre("2:x=2", "4:a=4"));
  EXPECT_EQ((*rest)->first().value, 1u);
  EXPECT_EQ((*rest)->last().value, 4u);
  EXPECT_EQ((*rest)->index_after({2}), 1u);
}

TEST(BatchCodec, FloorsHideEventsByTopic) {
  BatchBuilder builder;
  builder.begin({}, kNow);
  builder.append(event("a", "1"), kDefault);
  auto both = event("a", "2");
  both.topics.push_back("b");
  builder.append(both, kDefault);
  builder.append(event("a", "3"), kDefault);
  const TopicFloors floors{{"a", {2}}};
  auto batch = BatchDecoder::decode(kEpoch, rows_of(builder), &floors);
  ASSERT_TRUE(batch);
  EXPECT_THAT(described(**batch), ElementsAre("2:b=2", "3:a=3"));
  EXPECT_THAT((*batch)->by_topic()[0].runs, ElementsAre(EventRange{1, 1}));
}

TEST(BatchCodec, EphemeralEventsHaveNoPositions) {
  const auto batch =
      BatchBuilder::ephemeral(kEpoch, std::vector{event("a", "1"), event("b", "2")}, kNow);
  EXPECT_TRUE(batch->ephemeral());
  EXPECT_THAT(described(*batch), ElementsAre());
  ASSERT_EQ(batch->size(), 2u);
  EXPECT_EQ((*batch)[1].sequence.value, 0u);
  EXPECT_EQ((*batch)[1].data, "2");
  EXPECT_EQ(batch->by_topic().size(), 2u);
  EXPECT_EQ(batch->sse_frames().size(), 2u);
}

TEST(BatchCodec, RowsOfDifferentCommitsDoNotBelongTogether) {
  std::vector<EncodedRow> rows;
  for (std::uint64_t head : {0, 1}) {
    BatchBuilder builder;
    builder.begin({head}, kNow);
    builder.append(event("a", "x"), kDefault);
    rows.push_back(rows_of(builder).front());
  }
  EXPECT_FALSE(BatchDecoder::decode(kEpoch, std::move(rows)));
  EXPECT_FALSE(BatchDecoder::decode(kEpoch, {}));
}

class DamagedRow : public ::testing::Test {
 protected:
  void SetUp() override {
    BatchBuilder builder;
    builder.begin({10}, kNow);
    for (int i = 0; i < 8; ++i) {
      auto made = event("topic/" + std::to_string(i % 3), std::string(20, 'x'));
      if (i % 2 == 0) made.topics.push_back("more");
      made.type = "t";
      builder.append(made, kDefault);
    }
    row = rows_of(builder).front();
  }
  static bool decodes(EncodedRow damaged) {
    std::vector<EncodedRow> rows;
    rows.push_back(std::move(damaged));
    const auto batch = BatchDecoder::decode(kEpoch, std::move(rows));
    if (!batch) {
      EXPECT_EQ(batch.error().code, base::ErrorCode::kCorrupt);
    }
    return batch.has_value();
  }
  EncodedRow row;
};

TEST_F(DamagedRow, EveryFlippedByteAndEveryLengthIsFoundByTheChecksum) {
  for (std::size_t i = 0; i < row.data.size(); ++i) {
    auto damaged = row;
    damaged.data[i] = static_cast<char>(damaged.data[i] ^ 0x10);
    EXPECT_FALSE(decodes(damaged)) << i;
    damaged = row;
    damaged.data.resize(i);
    EXPECT_FALSE(decodes(damaged)) << i;
  }
}

TEST_F(DamagedRow, BytesWithARightChecksumAreReadSafely) {
  base::Random random(1);
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = row;
    for (auto changes = 1 + random.below(4); changes > 0; --changes) {
      damaged.data[random.below(damaged.data.size())] = static_cast<char>(random.next());
    }
    if (random.below(4) == 0) damaged.data.resize(random.below(damaged.data.size()));
    damaged.crc = row_crc(damaged.data);
    (void)decodes(std::move(damaged));
  }
  auto truncated = row;
  truncated.data.resize(row.data.size() - 1);
  truncated.crc = row_crc(truncated.data);
  EXPECT_FALSE(decodes(truncated));
  auto extended = row;
  extended.data.push_back('x');
  extended.crc = row_crc(extended.data);
  EXPECT_FALSE(decodes(extended));
  auto miscounted = row;
  ++miscounted.info.events;
  EXPECT_FALSE(decodes(miscounted));
  auto misplaced = row;
  misplaced.info.last = {12};
  EXPECT_FALSE(decodes(misplaced));
}

}  // namespace
}  // namespace weir::log
