#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/manual_clock.hpp"
#include "hub/hub.hpp"
#include "hub/testing/recording_transport.hpp"
#include "log/log.hpp"
#include "proto/selector.hpp"

namespace weir::hub {

/// A hub with one shard over a log in memory, all stepped by the test: no threads, no time but the
/// manual clock's.
class HubFixture : public testing::Test {
 protected:
  /// Between log and hub. Can keep trims back, as a busy shard's mailbox does.
  struct Tap final : log::Listener {
    void on_batch(log::BatchPtr batch) override { hub->on_batch(std::move(batch)); }
    void on_trim(log::FloorsPtr floors) override {
      if (holds_trims) {
        held.push_back(std::move(floors));
      } else {
        hub->on_trim(std::move(floors));
      }
    }
    void release() {
      holds_trims = false;
      for (auto& floors : std::exchange(held, {})) hub->on_trim(std::move(floors));
    }

    Hub* hub = nullptr;
    bool holds_trims = false;
    std::vector<log::FloorsPtr> held;
  };

  /// Again: a restart.
  void open(base::Settings settings = {}) {
    log_.reset();
    settings_ = std::make_shared<const base::Settings>(std::move(settings));
    hub_ = std::make_unique<Hub>(settings_, clock_, wakes_, 1);
    log::Options options;
    options.settings = settings_.get();
    options.clock = &clock_;
    options.seed = 7;
    tap_.hub = hub_.get();
    options.listener = &tap_;
    options.manual = true;
    auto log = log::open(options);
    ASSERT_TRUE(log) << log.error().message();
    log_ = std::move(*log);
    hub_->attach(*log_);
    settle();
  }

  void TearDown() override { log_.reset(); }

  /// Lets everything that can happen without time happen.
  void settle() {
    for (int quiet = 0; quiet < 3; ++quiet) {
      while (log_->step_writer()) quiet = 0;
      log_->run_background();
      for (int i = 0; i < 64; ++i) {
        for (std::size_t index = 0; index < hub_->shards(); ++index) hub_->shard(index).run();
      }
    }
  }

  /// Moves the clock in ticks.
  void pass(std::chrono::milliseconds time) {
    for (; time.count() > 0; time -= Shard::kTick) {
      clock_.advance(Shard::kTick);
      shard().tick();
    }
  }

  static proto::Event event(std::string topic, std::string data) {
    proto::Event event;
    event.topics.push_back(std::move(topic));
    event.data = std::move(data);
    return event;
  }

  base::Result<Published> publish_all(PublishRequest request) {
    std::optional<base::Result<Published>> answer;
    hub_->publish(0, std::move(request), [&](auto published) { answer = std::move(published); });
    settle();
    if (!answer) return base::make_error(base::ErrorCode::kInternal, "no answer");
    return *answer;
  }

  base::Result<Published> publish(proto::Event event) {
    PublishRequest request;
    request.events.push_back(std::move(event));
    return publish_all(std::move(request));
  }

  base::Result<Published> publish(const std::string& topic, const std::string& data) {
    return publish(event(topic, data));
  }

  struct Subscription {
    SubscriberId id;
    RecordingTransport::Sink& sink;
  };

  Subscription subscribe(const std::vector<std::string>& topics, Start start = {},
                         const std::vector<std::string>& patterns = {},
                         std::uint32_t heartbeat_ticks = 0) {
    auto subscription = begin(shard(), topics, std::move(start), patterns, heartbeat_ticks);
    settle();
    return subscription;
  }

  /// A subscription on any shard, of which nothing but the beginning has happened.
  Subscription begin(Shard& on, const std::vector<std::string>& topics, Start start = {},
                     const std::vector<std::string>& patterns = {},
                     std::uint32_t heartbeat_ticks = 0) {
    return begin(on, request(topics, patterns, heartbeat_ticks), std::move(start));
  }
  Subscription begin(Shard& on, SubscribeRequest request, Start start = {}) {
    const auto id = on.reserve(std::move(request));
    const auto sink = next_sink_++;
    on.start(id, sink, false, std::move(start));
    return {id, transport_[sink]};
  }
  Subscription subscribe(SubscribeRequest request, Start start = {}) {
    auto subscription = begin(shard(), std::move(request), std::move(start));
    settle();
    return subscription;
  }

  SubscribeRequest request(const std::vector<std::string>& topics,
                           const std::vector<std::string>& patterns = {},
                           std::uint32_t heartbeat_ticks = 0) {
    SubscribeRequest request;
    request.selectors = selectors(topics, patterns);
    request.transport = &transport_;
    request.heartbeat_ticks = heartbeat_ticks;
    return request;
  }

  static std::shared_ptr<const proto::Selectors> selectors(
      const std::vector<std::string>& topics, const std::vector<std::string>& patterns = {}) {
    auto made = proto::make_selectors(topics, patterns, 100);
    EXPECT_TRUE(made);
    return std::make_shared<const proto::Selectors>(std::move(*made));
  }

  Start after(std::uint64_t sequence) {
    return {Start::Kind::kCursor, 0, proto::to_string({log_->epoch(), {sequence}})};
  }
  static Start earliest() { return {Start::Kind::kEarliest, 0, {}}; }

  Shard& shard() { return hub_->shard(0); }

  std::vector<std::function<void()>> wakes_{[] {}};  ///< One per shard; before `open`.
  base::ManualClock clock_;
  Tap tap_;
  RecordingTransport transport_;
  std::shared_ptr<const base::Settings> settings_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<log::Log> log_;
  SinkId next_sink_ = 1;
};

}  // namespace weir::hub
