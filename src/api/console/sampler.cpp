#include "api/console/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "api/on_shard.hpp"
#include "api/operations/sums.hpp"
#include "api/topic_json.hpp"
#include "proto/event.hpp"
#include "proto/selector.hpp"

namespace weir::api {
namespace {

constexpr std::size_t kHome = 0;  // The shard on whose thread it works.
constexpr std::string_view kMetrics = "$weir/metrics";
constexpr std::string_view kTopics = "$weir/topics";
constexpr std::string_view kConnections = "$weir/connections";

}  // namespace

Sampler::Sampler(hub::Hub& hub, ServerStatus& status)
    : hub_(hub), status_(status), next_(hub.clock().steady() + MetricsHistory::kInterval) {
  hub_.watch([this](const log::BatchPtr& batch) { changes_.note(*batch); });
}

void Sampler::tick() {
  const auto now = hub_.clock().steady();
  if (now < next_) return;
  // One that comes late is not made up for.
  next_ = std::max(next_ + MetricsHistory::kInterval, now);
  look();
}

void Sampler::look() {
  const auto settings = hub_.settings();
  const auto kept = static_cast<std::size_t>(settings->metrics_history / MetricsHistory::kInterval);
  const bool watched = sum(hub_metrics(hub_), &hub::ShardMetrics::system_subscribers) > 0;
  if (kept > 0 || watched) {
    const auto times = hub_.log().commit_times();
    newest_ = std::make_shared<const std::string>(sample_json(hub_, status_, times_, times));
    times_ = times;
  }
  status_.history.add(newest_, kept);
  if (!watched) {
    told_.reset();
    changes_.want(false);
    return;
  }
  hub_.count_subscribers(
      kHome, {std::string(kMetrics), std::string(kTopics), std::string(kConnections)},
      [this](const std::vector<std::uint64_t>& counts) {
        tell({.metrics = counts[0] > 0, .topics = counts[1] > 0, .connections = counts[2] > 0});
      });
}

void Sampler::tell(const Listeners& listeners) {
  if (listeners.metrics) publish(kMetrics, "metrics", *newest_);
  if (listeners.connections) {
    tell_connections();
  } else {
    told_.reset();
  }
  if (listeners.topics) {
    tell_topics();
  } else {
    changes_.want(false);
  }
}

void Sampler::tell_connections() {
  const auto counts = count_connections(status_);
  const auto before = std::exchange(told_, counts);
  if (counts == before) return;
  // Whoever has just begun to listen hears how many there are, not since when.
  const auto opened = before ? counts.opened - before->opened : 0;
  const auto closed = before ? before->total() + opened - counts.total() : 0;
  publish(kConnections, "connections",
          fmt::format(R"({{"time":{},"total":{},"by_transport":{},"opened":{},"closed":{}}})",
                      hub_.clock().unix_millis(), counts.total(), counts.json(), opened, closed));
}

void Sampler::tell_topics() {
  const auto now = hub_.clock().steady();
  const auto interval = std::chrono::duration_cast<std::chrono::milliseconds>(
      now - std::exchange(counting_since_, now));
  if (!changes_.wanted()) return changes_.want(true);
  auto taken = changes_.take(hub_.settings()->topic_changes_max);
  if (taken.changes.empty()) return;
  std::vector<std::string> names;
  for (const auto& change : taken.changes) names.push_back(change.topic);
  const auto count = names.size();
  auto selectors = proto::make_selectors(names, {}, count);
  if (!selectors) return;
  hub_.log().list_topics(
      std::make_shared<const proto::Selectors>(std::move(*selectors)), {}, count,
      on_shard<std::vector<log::TopicInfo>>(
          hub_.shard(kHome), [this, interval, taken = std::move(taken)](auto topics) mutable {
            if (topics) publish_topics(interval, std::move(taken), std::move(*topics));
          }));
}

void Sampler::publish_topics(std::chrono::milliseconds interval, TopicChanges::Taken taken,
                             std::vector<log::TopicInfo> topics) {
  base::StringMap<std::uint64_t> published;
  for (auto& change : taken.changes) published.emplace(std::move(change.topic), change.published);
  std::vector<std::string> names;
  for (const auto& topic : topics) names.push_back(topic.name);
  hub_.count_subscribers(
      kHome, std::move(names),
      [this, interval, omitted = taken.omitted, published = std::move(published),
       topics = std::move(topics)](const std::vector<std::uint64_t>& subscribers) {
        std::string json;
        for (std::size_t i = 0; i < topics.size(); ++i) {
          const auto change = published.find(topics[i].name);
          if (change == published.end()) continue;
          if (!json.empty()) json.push_back(',');
          json += topic_json(hub_.log().epoch(), topics[i], subscribers[i],
                             fmt::format(R"(,"published":{})", change->second));
        }
        publish(kTopics, "topics",
                fmt::format(R"({{"time":{},"interval_ms":{},"topics":[{}],"omitted":{}}})",
                            hub_.clock().unix_millis(), interval.count(), json, omitted));
      });
}

void Sampler::publish(std::string_view topic, std::string_view type, std::string data) {
  proto::Event event;
  event.topics.emplace_back(topic);
  event.type = type;
  event.data = std::move(data);
  event.flags = proto::kEphemeral;
  hub::PublishRequest request;
  request.events.push_back(std::move(event));
  hub_.publish(kHome, std::move(request), [](const base::Result<hub::Published>&) {});
}

}  // namespace weir::api
