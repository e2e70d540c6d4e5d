#pragma once

// For tests only: what a program around a hub has.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

#include "base/blocking_queue.hpp"
#include "client/http_client.hpp"
#include "client/url.hpp"

namespace weir::embed {

/// What callbacks have told, for a test to wait for. Any thread.
template <typename Item>
class Told {
 public:
  void add(Item item) { queue_.push(std::move(item)); }
  /// The next one; fails the test, and gives a default, after ten seconds.
  Item next() {
    queue_.wait_for(std::chrono::seconds(10));
    auto item = queue_.try_pop();
    EXPECT_TRUE(item.has_value()) << "nothing was told";
    return item ? std::move(*item) : Item{};
  }
  bool empty() { return queue_.take_all().empty(); }

 private:
  base::BlockingQueue<Item> queue_;
};

/// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-embed-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline Settings test_settings() {
  return Settings().set("listen", "127.0.0.1:0").set("shards", "2");
}

inline Hub make_hub(const Settings& settings = test_settings()) {
  auto hub = Hub::create(settings);
  EXPECT_TRUE(hub) << hub.error().message;
  return std::move(*hub);
}

inline void start(Hub& hub) {
  const auto started = hub.start();
  ASSERT_TRUE(started) << started.error().message;
}

struct Answer {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;
};

/// One request to a hub that runs.
inline Answer ask(const Hub& hub, std::string method, std::string target, std::string body = {},
                  client::Headers headers = {}) {
  client::HttpClient client(*client::parse_url(hub.urls().front()));
  const auto response = client.fetch({.method = std::move(method),
                                      .target = std::move(target),
                                      .headers = std::move(headers),
                                      .body = std::move(body)});
  if (!response) {
    ADD_FAILURE() << response.error().message();
    return {};
  }
  return {response->head.status,
          response->body,
          {response->head.headers.begin(), response->head.headers.end()}};
}

/// Runs a stream of the hub's and keeps what it tells.
class TestStream {
 public:
  TestStream(const Hub& hub, const std::string& target, std::string token = {}) {
    EventSourceOptions options{.url = hub.urls().front() + target,
                               .retry = std::chrono::milliseconds(1),
                               .backoff_max = std::chrono::milliseconds(1)};
    if (!token.empty()) options.headers.emplace_back("Authorization", "Bearer " + token);
    auto made = EventSource::create(
        std::move(options),
        {.on_event = [this](const StreamEvent& event) { data.add(std::string(event.data)); },
         .on_welcome = [this](const StreamWelcome& welcome) { welcomes.add(welcome); },
         .on_drain = [this](std::chrono::milliseconds) { drains.add(1); },
         .on_end =
             [this](const Result<>& result) {
               ends.add(result ? std::string() : result.error().code);
             }});
    EXPECT_TRUE(made) << made.error().message;
    source.emplace(std::move(*made));
    EXPECT_TRUE(source->start());
  }

  Told<std::string> data;
  Told<StreamWelcome> welcomes;
  Told<int> drains;
  Told<std::string> ends;
  std::optional<EventSource> source;  // Last: it goes first.
};

}  // namespace weir::embed
