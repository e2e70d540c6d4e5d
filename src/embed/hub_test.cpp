#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <memory>
#include <thread>

#include "embed/program_fixture.hpp"

namespace weir::embed {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

Event event_on(std::string topic, std::string data) {
  return {.topics = {std::move(topic)}, .data = std::move(data)};
}

TEST(HubSettings, AreThoseOfTheServerByNameAndMistakesAreValues) {
  const auto unknown = Hub::create(Settings().set("keepalife", "5s"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "bad-configuration");
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean \"keepalive\"?"));

  const auto bad = Hub::create(Settings().set("keepalive", "soon"));
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("keepalive"));

  const auto exposed = Hub::create(Settings().set("listen", "0.0.0.0:0"));
  ASSERT_FALSE(exposed) << "an open server is not for other machines";

  const auto text = Hub::create(Settings().toml("\nkeepalife = \"5s\"\n"));
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr("Settings::toml:2: "));

  EXPECT_TRUE(Hub::create(
      Settings().toml("keepalive = \"5s\"\n[[namespace]]\nname = \"t\"\ntopics = [\"t/**\"]\n")));
}

TEST(HubPublish, AnswersACallbackAFutureAndWhoWaits) {
  auto hub = make_hub();
  start(hub);
  Told<std::uint64_t> sequences;
  hub.publish(event_on("a", "1"), [&](Result<Published> published) {
    sequences.add(published ? published->last_sequence : 0);
  });
  EXPECT_EQ(sequences.next(), 1u);

  auto future = hub.publish_all_async({event_on("a", "2"), event_on("b", "3")});
  const auto both = future.get();
  ASSERT_TRUE(both);
  EXPECT_EQ(both->first_sequence, 2u);
  EXPECT_EQ(both->last_sequence, 3u);
  EXPECT_EQ(both->cursor, hub.cursor());

  const auto waited = hub.publish_and_wait(event_on("a", "4"));
  ASSERT_TRUE(waited);
  EXPECT_EQ(waited->last_sequence, 4u);

  const auto ephemeral = hub.publish_and_wait({.topics = {"a"}, .data = "5", .ephemeral = true});
  ASSERT_TRUE(ephemeral);
  EXPECT_EQ(ephemeral->last_sequence, 0u);
  EXPECT_EQ(ephemeral->cursor, waited->cursor);
}

TEST(HubPublish, TellsMistakesOfTheEventAndOfTheMoment) {
  auto hub = make_hub();
  EXPECT_EQ(hub.publish_and_wait(event_on("a", "")).error().code, "not-open");
  start(hub);
  EXPECT_EQ(hub.publish_and_wait(event_on("", "")).error().code, "bad-topic");
  EXPECT_EQ(hub.publish_and_wait({.topics = {"a"}, .type = "x\ny"}).error().code, "bad-event");
  EXPECT_EQ(hub.publish_all_and_wait({}).error().code, "bad-event");
  EXPECT_EQ(hub.publish_and_wait({.topics = {"a"}, .ephemeral = true}, {.idempotency_key = "k"})
                .error()
                .code,
            "bad-request");
  EXPECT_TRUE(hub.publish_and_wait({.topics = {"end"}, .last = true}));
  EXPECT_EQ(hub.publish_and_wait(event_on("end", "more")).error().code, "topic-closed");
  hub.stop();
  EXPECT_EQ(hub.publish_and_wait(event_on("a", "")).error().code, "stopped");
}

TEST(HubPublish, RepeatsTheAnswerForAKeyThatWasUsed) {
  auto hub = make_hub();
  start(hub);
  const auto first = hub.publish_and_wait(event_on("a", "1"), {.idempotency_key = "k"});
  const auto again = hub.publish_and_wait(event_on("a", "1"), {.idempotency_key = "k"});
  ASSERT_TRUE(first && again);
  EXPECT_FALSE(first->repeated);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(first->cursor, again->cursor);
}

TEST(HubPublish, CallbacksOfAThreadsPublishesComeInItsOrder) {
  auto hub = make_hub();
  start(hub);
  constexpr int kEach = 200;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  std::atomic<int> told{0};
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      Told<int> order;
      for (int i = 0; i < kEach; ++i) {
        hub.publish(event_on("a", std::to_string(i)), [&order, &told, i](Result<Published>) {
          ++told;
          order.add(i);
        });
      }
      for (int i = 0; i < kEach; ++i) {
        if (order.next() != i) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(told, 4 * kEach);
}

TEST(HubPublish, EveryCallbackIsCalledOnceAlsoWhenTheHubStops) {
  std::atomic<int> told{0};
  std::atomic<bool> go{true};
  std::atomic<int> asked{0};
  {
    auto hub = make_hub();
    start(hub);
    std::thread publisher([&] {
      while (go) {
        ++asked;
        hub.publish(event_on("a", "x"), [&](Result<Published>) { ++told; });
        std::this_thread::yield();
      }
    });
    while (told < 100) std::this_thread::yield();
    hub.stop(milliseconds(0));
    go = false;
    publisher.join();
  }
  EXPECT_EQ(told, asked);
}

TEST(HubSubscription, BringsEveryEventAfterItsCursorOnceWhileOthersPublish) {
  const TemporaryFolder folder;
  const auto settings = test_settings().set("data_dir", folder.path());
  constexpr int kEach = 300;
  std::vector<std::string> seen;
  std::string cursor;
  {
    auto hub = make_hub(settings);
    start(hub);
    Told<std::pair<std::string, std::string>> told;
    auto subscription = hub.subscribe(
        {.match = {"orders/*"}, .after = "earliest"}, {.on_event = [&](const Delivery& event) {
          told.add({std::string(event.cursor), std::string(event.data)});
        }});
    ASSERT_TRUE(subscription) << subscription.error().message;
    std::vector<std::thread> publishers;
    for (int thread = 0; thread < 3; ++thread) {
      publishers.emplace_back([&hub, thread] {
        for (int i = 0; i < kEach; ++i) {
          hub.publish(event_on("orders/" + std::to_string(thread), std::to_string(i)),
                      [](Result<Published>) {});
        }
      });
    }
    for (auto& publisher : publishers) publisher.join();
    for (int i = 0; i < kEach; ++i) {
      auto [at, data] = told.next();
      seen.push_back(data);
      cursor = at;
    }
  }
  // Another process's turn: the rest, from the cursor on.
  auto hub = make_hub(settings);
  start(hub);
  Told<std::string> rest;
  Told<int> caught_up;
  auto subscription =
      hub.subscribe({.match = {"orders/*"}, .after = cursor},
                    {.on_event = [&](const Delivery& event) { rest.add(std::string(event.data)); },
                     .on_caught_up = [&] { caught_up.add(1); }});
  ASSERT_TRUE(subscription);
  for (int i = kEach; i < 3 * kEach; ++i) seen.push_back(rest.next());
  caught_up.next();
  ASSERT_TRUE(hub.publish_and_wait(event_on("orders/9", "last")));
  EXPECT_EQ(rest.next(), "last");
  std::map<std::string, int> counts;
  for (const auto& data : seen) ++counts[data];
  EXPECT_EQ(counts.size(), static_cast<std::size_t>(kEach));
  for (const auto& [data, count] : counts) EXPECT_EQ(count, 3) << data;
}

TEST(HubSubscription, BeginsWithWhatIsPublishedAfterItWasMade) {
  auto hub = make_hub();
  start(hub);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(hub.publish_and_wait(event_on("a", "before")));
    Told<std::string> told;
    auto subscription = hub.subscribe({.topics = {"a"}}, {.on_event = [&](const Delivery& event) {
                                        told.add(std::string(event.data));
                                      }});
    ASSERT_TRUE(subscription);
    hub.publish(event_on("a", "after"), [](Result<Published>) {});
    EXPECT_EQ(told.next(), "after");
  }
}

TEST(HubSubscription, TellsWhatAnEventIs) {
  auto hub = make_hub();
  start(hub);
  struct Kept {
    std::string cursor, type, data, id, key, topic;
    bool is_private, ephemeral;
    std::chrono::system_clock::time_point time;
  };
  Told<Kept> told;
  auto subscription =
      hub.subscribe({.topics = {"a"}}, {.on_event = [&](const Delivery& e) {
                      told.add({std::string(e.cursor), std::string(e.type), std::string(e.data),
                                std::string(e.id), std::string(e.key),
                                std::string(e.topics.front()), e.is_private, e.ephemeral, e.time});
                    }});
  const std::chrono::system_clock::time_point then{milliseconds(1'700'000'000'123)};
  const auto published = hub.publish_and_wait({.topics = {"a", "b"},
                                               .type = "t",
                                               .data = "d",
                                               .id = "i",
                                               .key = "k",
                                               .is_private = true,
                                               .time = then});
  ASSERT_TRUE(published);
  auto kept = told.next();
  EXPECT_EQ(kept.cursor, published->cursor);
  EXPECT_EQ(kept.topic + kept.type + kept.data + kept.id + kept.key, "atdik");
  EXPECT_TRUE(kept.is_private);
  EXPECT_EQ(kept.time, then);
  ASSERT_TRUE(hub.publish_and_wait({.topics = {"a"}, .data = "e", .ephemeral = true}));
  kept = told.next();
  EXPECT_TRUE(kept.ephemeral);
  EXPECT_EQ(kept.cursor, "");
}

TEST(HubSubscription, TellsAGapForACursorOfAnotherLog) {
  auto hub = make_hub();
  start(hub);
  const auto published = hub.publish_and_wait(event_on("a", "1"));
  Told<Gap> gaps;
  Told<std::string> told;
  auto subscription =
      hub.subscribe({.topics = {"a"}, .after = "0123456789abcdef-7"},
                    {.on_event = [&](const Delivery& event) { told.add(std::string(event.data)); },
                     .on_gap = [&](const Gap& gap) { gaps.add(gap); }});
  ASSERT_TRUE(subscription);
  const auto gap = gaps.next();
  EXPECT_EQ(gap.requested, "0123456789abcdef-7");
  EXPECT_EQ(gap.reason, "epoch");
  EXPECT_EQ(told.next(), "1");
}

TEST(HubSubscription, PausedItIsGivenNothingAndResumedEverything) {
  auto hub = make_hub();
  start(hub);
  Told<std::string> told;
  std::atomic<int> count{0};
  auto subscription = hub.subscribe({.topics = {"a"}}, {.on_event = [&](const Delivery& event) {
                                      ++count;
                                      told.add(std::string(event.data));
                                    }});
  ASSERT_TRUE(hub.publish_and_wait(event_on("a", "0")));
  EXPECT_EQ(told.next(), "0");
  subscription->pause();
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(hub.publish_and_wait(event_on("a", std::to_string(i))));
  }
  EXPECT_LE(count, 1);
  subscription->resume();
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(told.next(), std::to_string(i));
}

TEST(HubSubscription, NothingComesAfterItWasClosedFromOutsideOrInside) {
  auto hub = make_hub();
  start(hub);
  std::atomic<bool> closed{false};
  std::atomic<int> late{0};
  for (int round = 0; round < 20; ++round) {
    closed = false;
    Told<int> first;
    auto subscription = hub.subscribe({.topics = {"a"}}, {.on_event = [&](const Delivery&) {
                                        if (closed) ++late;
                                        first.add(1);
                                      }});
    ASSERT_TRUE(subscription);
    for (int i = 0; i < 20; ++i) hub.publish(event_on("a", "x"), [](Result<Published>) {});
    first.next();
    subscription->close();
    closed = true;
  }
  EXPECT_EQ(late, 0);

  Subscription own;
  std::atomic<int> calls{0};
  Told<int> done;
  auto made = hub.subscribe({.topics = {"b"}}, {.on_event = [&](const Delivery&) {
                              ++calls;
                              own.close();
                              done.add(1);
                            }});
  own = std::move(*made);
  ASSERT_TRUE(hub.publish_all_and_wait({event_on("b", "1"), event_on("b", "2")}));
  done.next();
  ASSERT_TRUE(hub.publish_and_wait(event_on("b", "3")));
  EXPECT_EQ(calls, 1);
}

TEST(HubSubscription, EndsWithItsTopicsAndWithTheHub) {
  auto hub = make_hub();
  start(hub);
  Told<SubscriptionEnd> ends;
  const SubscriptionHandlers handlers{.on_event = [](const Delivery&) {},
                                      .on_end = [&](SubscriptionEnd end) { ends.add(end); }};
  auto finished = hub.subscribe({.topics = {"end"}}, handlers);
  ASSERT_TRUE(hub.publish_and_wait({.topics = {"end"}, .last = true}));
  EXPECT_EQ(ends.next(), SubscriptionEnd::kFinished);
  auto over = hub.subscribe({.topics = {"end"}}, handlers);
  EXPECT_EQ(ends.next(), SubscriptionEnd::kFinished);

  auto open = hub.subscribe({.topics = {"a"}}, handlers);
  auto paused = hub.subscribe({.topics = {"a"}}, handlers);
  paused->pause();
  ASSERT_TRUE(hub.publish_and_wait(event_on("a", "x")));
  hub.stop();
  EXPECT_EQ(ends.next(), SubscriptionEnd::kStopped);
  EXPECT_EQ(ends.next(), SubscriptionEnd::kStopped);
  open->close();  // The hub is gone; nothing happens.
}

TEST(HubSubscription, TakesFiltersAndRefusesWhatIsNone) {
  auto hub = make_hub();
  start(hub);
  const SubscriptionHandlers ignore{.on_event = [](const Delivery&) {}};
  EXPECT_EQ(hub.subscribe({}, ignore).error().code, "bad-selector");
  EXPECT_EQ(hub.subscribe({.match = {"a*b"}}, ignore).error().code, "bad-selector");
  EXPECT_EQ(hub.subscribe({.topics = {"a"}, .filter = "=="}, ignore).error().code, "bad-filter");
  EXPECT_EQ(hub.subscribe({.topics = {"a"}}, {}).error().code, "misuse");
  Told<std::string> told;
  auto subscription = hub.subscribe(
      {.topics = {"a"}, .filter = "event == \"t\""},
      {.on_event = [&](const Delivery& event) { told.add(std::string(event.data)); }});
  ASSERT_TRUE(subscription) << subscription.error().message;
  ASSERT_TRUE(hub.publish_and_wait({.topics = {"a"}, .type = "other", .data = "1"}));
  ASSERT_TRUE(hub.publish_and_wait({.topics = {"a"}, .type = "t", .data = "2"}));
  EXPECT_EQ(told.next(), "2");
}

TEST(HubLife, StreamsAreToldToComeBackWhenItStops) {
  auto hub = make_hub();
  start(hub);
  TestStream stream(hub, "/v1/topics/a");
  stream.welcomes.next();
  ASSERT_TRUE(hub.publish_and_wait(event_on("a", "1")));
  EXPECT_EQ(stream.data.next(), "1");
  hub.stop();
  EXPECT_EQ(stream.drains.next(), 1);
  hub.stop();  // Again: nothing.
  EXPECT_TRUE(hub.urls().empty());
}

TEST(HubLife, StoppingFromInsideACallbackOnlyAsks) {
  auto hub = make_hub();
  start(hub);
  hub.publish(event_on("a", "1"), [&](Result<Published>) { hub.stop(); });
  hub.wait();
  EXPECT_TRUE(hub.publish_and_wait(event_on("a", "2"))) << "it runs until its owner stops it";
  hub.stop();
}

TEST(HubLife, OneDirectoryIsOneHubsAtATime) {
  const TemporaryFolder folder;
  const auto settings = test_settings().set("data_dir", folder.path());
  auto first = make_hub(settings);
  start(first);
  auto second = make_hub(settings);
  const auto refused = second.start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "data-directory-locked");
  EXPECT_EQ(second.start().error().code, "misuse");
  first.stop();
  auto third = make_hub(settings);
  start(third);
}

TEST(HubLife, TakesOverSettingsWhileItRuns) {
  auto hub = make_hub();
  EXPECT_EQ(hub.reconfigure(test_settings()).error().code, "not-open");
  start(hub);
  EXPECT_TRUE(hub.reconfigure(test_settings().set("event_bytes_max", "4")));
  EXPECT_EQ(hub.publish_and_wait(event_on("a", "12345")).error().code, "event-too-large");
  EXPECT_EQ(hub.reconfigure(Settings().set("nonsense", "")).error().code, "bad-configuration");
}

TEST(HubDriven, DoesEverythingOnTheThreadThatRunsIt) {
  auto hub = make_hub(Settings().set("listen", "127.0.0.1:0"));
  EXPECT_EQ(hub.descriptor(), -1);
  ASSERT_TRUE(hub.open());
  const auto self = std::this_thread::get_id();
  std::vector<std::string> seen;
  auto subscription = hub.subscribe({.topics = {"a"}}, {.on_event = [&](const Delivery& event) {
                                      EXPECT_EQ(std::this_thread::get_id(), self);
                                      seen.emplace_back(event.data);
                                      if (seen.size() == 2) hub.request_stop();
                                    }});
  hub.publish(event_on("a", "1"), [&](Result<Published> published) {
    EXPECT_TRUE(published);
    EXPECT_EQ(std::this_thread::get_id(), self);
    hub.publish(event_on("a", "2"), [](Result<Published>) {});
  });
  hub.run();
  EXPECT_THAT(seen, ElementsAre("1", "2"));
  EXPECT_TRUE(hub.publish_and_wait(event_on("a", "3"))) << "needs nobody who drives";
  hub.run_for(milliseconds(0));
  hub.stop();
  EXPECT_EQ(hub.descriptor(), -1);
}

TEST(HubDriven, ServesWheneverItsDescriptorIsReadable) {
  auto hub = make_hub(Settings().set("listen", "127.0.0.1:0"));
  ASSERT_TRUE(hub.open());
  const std::string url = hub.urls().front();
  Told<std::string> answer;
  std::atomic<bool> over{false};
  std::thread client([&] {
    client::HttpClient http(*client::parse_url(url));
    const auto published =
        http.fetch({.method = "POST", .target = "/v1/topics/a", .body = "hello"});
    answer.add(published ? published->body : published.error().message());
    over = true;
    hub.publish(event_on("a", "wakes"), [](Result<Published>) {});
  });
  while (!over) {
    pollfd entry{hub.descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 10'000), 1);
    hub.poll();
  }
  client.join();
  EXPECT_THAT(answer.next(), HasSubstr("\"sequence\":1"));
  hub.stop();
}

TEST(HubDriven, HasOneShard) {
  auto hub = make_hub(test_settings());
  const auto opened = hub.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("shards"));
}

}  // namespace
}  // namespace weir::embed
