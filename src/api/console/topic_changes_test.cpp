#include "api/console/topic_changes.hpp"

#include <gmock/gmock.h>

#include "log/batch_builder.hpp"

namespace weir::api {
namespace {

log::BatchPtr batch_of(const std::vector<std::string>& topics) {
  std::vector<proto::Event> events;
  for (const auto& topic : topics) {
    proto::Event event;
    event.topics.push_back(topic);
    events.push_back(std::move(event));
  }
  return log::BatchBuilder::ephemeral({1}, events, 1'000);
}

std::vector<std::string> texts(const TopicChanges::Taken& taken) {
  std::vector<std::string> all;
  for (const auto& each : taken.changes) {
    all.push_back(each.topic + "=" + std::to_string(each.published));
  }
  return all;
}

TEST(TopicChanges, CountWhatIsPublishedToEachTheBusiestFirst) {
  TopicChanges changes;
  changes.want(true);
  changes.note(*batch_of({"a", "b", "a", "c"}));
  changes.note(*batch_of({"b", "d", "b"}));
  const auto taken = changes.take(3);
  EXPECT_THAT(texts(taken), testing::ElementsAre("b=3", "a=2", "c=1"));
  EXPECT_EQ(taken.omitted, 1U);
  EXPECT_THAT(texts(changes.take(3)), testing::IsEmpty()) << "taken once";
}

TEST(TopicChanges, NothingIsKeptWhileNobodyWantsToKnow) {
  TopicChanges changes;
  changes.note(*batch_of({"a"}));
  changes.want(true);
  EXPECT_THAT(texts(changes.take(9)), testing::IsEmpty());
  changes.note(*batch_of({"b"}));
  changes.want(false);
  changes.want(true);
  EXPECT_THAT(texts(changes.take(9)), testing::IsEmpty());
}

}  // namespace
}  // namespace weir::api
