#include "hub/hub.hpp"

#include <algorithm>
#include <iterator>

#include "base/random.hpp"
#include "hub/commit_requests.hpp"
#include "hub/publish_trace.hpp"
#include "log/batch_builder.hpp"

namespace weir::hub {
namespace {

// What a visit looks at before others have their turn.
constexpr std::uint32_t kVisitPlaces = 4096;

/// Moves the ephemeral events out of `events`; both keep their order.
std::vector<proto::Event> take_ephemeral(std::vector<proto::Event>& events) {
  const auto durable_end =
      std::stable_partition(events.begin(), events.end(),
                            [](const auto& event) { return !event.has(proto::kEphemeral); });
  std::vector<proto::Event> ephemeral(std::make_move_iterator(durable_end),
                                      std::make_move_iterator(events.end()));
  events.erase(durable_end, events.end());
  return ephemeral;
}

}  // namespace

Hub::Hub(std::shared_ptr<const base::Settings> settings, const base::Clock& clock,
         std::vector<std::function<void()>> wakes, std::uint64_t seed, base::Tracer* tracer)
    : settings_(settings), clock_(&clock), tracer_(tracer) {
  base::Random random(seed);
  const auto rules = std::make_shared<const Rules>(*settings);
  for (auto& wake : wakes) {
    shards_.push_back(std::make_unique<Shard>(
        Shard::Context{.clock = clock_,
                       .settings = settings,
                       .rules = rules,
                       .newest = &newest_,
                       .seed = random.next(),
                       .wake = std::move(wake),
                       .tracer = tracer,
                       .announce = [this](const auto& events) { publish_ephemeral(events); }}));
  }
}

Hub::~Hub() = default;

void Hub::attach(log::Log& log) {
  log_ = &log;
  newest_ = log.head().value;
  for (auto& shard : shards_) shard->attach(log);
}

/// Ends the publish's span with its answer, where one is recorded.
Hub::PublishDone Hub::traced(PublishRequest& request, PublishDone done) const {
  auto trace = PublishTrace::begin(tracer_, *clock_, request);
  if (!trace) return done;
  return [trace = std::move(*trace),
          done = std::move(done)](base::Result<Published> published) mutable {
    trace.end(published);
    done(std::move(published));
  };
}

void Hub::publish(std::size_t from, PublishRequest request, PublishDone done) {
  done = traced(request, std::move(done));
  submit(std::move(request), [&shard = *shards_[from],
                              done = std::move(done)](base::Result<Published> published) mutable {
    shard.answer([done = std::move(done), published = std::move(published)]() mutable {
      done(std::move(published));
    });
  });
}

void Hub::publish_now(PublishRequest request, PublishDone done) {
  done = traced(request, std::move(done));
  submit(std::move(request), std::move(done));
}

void Hub::submit(PublishRequest request, PublishDone done) {
  auto ephemeral = take_ephemeral(request.events);
  // The commit looks after the others.
  for (const auto& event : ephemeral) {
    if (auto closed = closed_topic(event)) {
      return done(base::make_error(base::ErrorCode::kTopicClosed, std::move(*closed)));
    }
  }
  if (request.events.empty()) {
    publish_ephemeral(ephemeral);
    return done(Published{.epoch = log_->epoch()});
  }
  const auto window = settings()->idempotency_window;
  log_->submit(std::make_unique<PublishCommit>(
      std::move(request), log_->epoch(), window,
      [this, ephemeral = std::move(ephemeral),
       done = std::move(done)](base::Result<Published> published) mutable {
        if (published && !published->repeated) publish_ephemeral(ephemeral);
        done(std::move(published));
      }));
}

std::optional<std::string> Hub::closed_topic(const proto::Event& event) const {
  const auto at = std::find_if(event.topics.begin(), event.topics.end(), [this](const auto& topic) {
    return log_->closed_at(topic).has_value();
  });
  if (at == event.topics.end()) return std::nullopt;
  return *at;
}

void Hub::publish_ephemeral(const std::vector<proto::Event>& events) {
  if (events.empty()) return;
  const auto batch = log::BatchBuilder::ephemeral(log_->epoch(), events, clock_->unix_millis());
  for (auto& shard : shards_) shard->post(batch);
}

void Hub::trim(std::size_t from, std::string topic, std::optional<base::Sequence> up_to,
               std::function<void(base::Result<>)> done) {
  change(
      from,
      [topic = std::move(topic), up_to](log::Transaction& transaction) {
        return transaction.trim_topic(topic, up_to.value_or(transaction.head()),
                                      !up_to.has_value());
      },
      std::move(done));
}

void Hub::change(std::size_t from, std::function<base::Result<>(log::Transaction&)> change,
                 std::function<void(base::Result<>)> done) {
  change_now(std::move(change),
             [&shard = *shards_[from], done = std::move(done)](base::Result<> outcome) {
               shard.answer([done, outcome = std::move(outcome)] { done(outcome); });
             });
}

void Hub::change_now(std::function<base::Result<>(log::Transaction&)> change,
                     std::function<void(base::Result<>)> done) {
  log_->submit(std::make_unique<StateCommit>(std::move(change), std::move(done)));
}

void Hub::count_subscribers(std::size_t from, std::vector<std::string> topics,
                            std::function<void(std::vector<std::uint64_t>)> done) {
  // Passed from shard to shard, so the counts are only ever touched by one thread at a time.
  struct Round {
    std::vector<std::string> topics;
    std::vector<std::uint64_t> counts;
    std::function<void(std::vector<std::uint64_t>)> done;
  };
  auto round = std::make_shared<Round>();
  round->counts.resize(topics.size());
  round->topics = std::move(topics);
  round->done = std::move(done);
  visit_shards(
      0, from,
      [round](Shard& shard) {
        for (std::size_t i = 0; i < round->topics.size(); ++i) {
          round->counts[i] += shard.count_subscribers(round->topics[i]);
        }
      },
      [round] { round->done(std::move(round->counts)); });
}

void Hub::list_present(std::size_t from, std::string topic, std::string after, std::size_t limit,
                       std::function<void(PresencePage)> done) {
  struct Round {
    std::string topic;
    std::string after;
    PresencePage page;
    std::function<void(PresencePage)> done;
  };
  auto round =
      std::make_shared<Round>(Round{std::move(topic), std::move(after), {}, std::move(done)});
  visit_shards(
      0, from,
      [round, limit](Shard& shard) {
        auto& members = round->page.members;
        const auto before = static_cast<std::ptrdiff_t>(members.size());
        shard.list_present(round->topic, round->after, limit, round->page);
        std::inplace_merge(members.begin(), members.begin() + before, members.end(),
                           [](const auto& a, const auto& b) { return a.id < b.id; });
        if (members.size() > limit) members.resize(limit);
      },
      [round] { round->done(std::move(round->page)); });
}

void Hub::visit_shards(std::size_t next, std::size_t from, std::function<void(Shard&)> visit,
                       std::function<void()> done) {
  if (next == shards_.size()) {
    shards_[from]->post(base::Task([done = std::move(done)] { done(); }));
    return;
  }
  shards_[next]->post(
      base::Task([this, next, from, visit = std::move(visit), done = std::move(done)] {
        visit(*shards_[next]);
        visit_shards(next + 1, from, visit, done);
      }));
}

void Hub::renew(std::size_t from, std::string client_id, Renewal renewal,
                std::function<void(Renewed)> done) {
  auto answer = std::make_shared<std::optional<Renewed>>();
  visit_shards(
      0, from,
      [answer, client_id = std::move(client_id), renewal = std::move(renewal)](Shard& shard) {
        auto renewed = shard.renew(client_id, renewal);
        if (renewed && (!*answer || *renewed)) *answer = std::move(renewed);
      },
      [answer, done = std::move(done)] {
        done(*answer ? std::move(**answer) : Renewed(base::make_error(base::ErrorCode::kNotFound)));
      });
}

void Hub::end_leases(std::function<bool(const LeaseHolder&)> over) {
  const auto shared =
      std::make_shared<const std::function<bool(const LeaseHolder&)>>(std::move(over));
  for (auto& shard : shards_) {
    shard->post(base::Task([&shard = *shard, shared] { shard.end_leases(*shared); }));
  }
}

/// How far a visit has come.
struct Hub::Visit {
  std::size_t from;
  SubscriberVisit visit;
  std::function<void()> done;
  std::size_t shard = 0;
  std::uint32_t place = 0;
};

void Hub::visit_subscribers(std::size_t from, SubscriberVisit visit, std::function<void()> done) {
  go_on_visiting(std::make_shared<Visit>(Visit{from, std::move(visit), std::move(done)}));
}

void Hub::go_on_visiting(const std::shared_ptr<Visit>& visit) {
  if (visit->shard == shards_.size()) {
    shards_[visit->from]->post(base::Task([visit] { visit->done(); }));
    return;
  }
  shards_[visit->shard]->post(base::Task([this, visit] {
    auto& shard = *shards_[visit->shard];
    const auto next = shard.visit(
        visit->place, kVisitPlaces,
        [&](const SubscriberView& subscriber) { visit->visit(shard, visit->shard, subscriber); });
    visit->place = next.value_or(0);
    if (!next) ++visit->shard;
    go_on_visiting(visit);
  }));
}

void Hub::shed_slow() {
  for (auto& shard : shards_) {
    shard->post(base::Task([&shard = *shard] { shard.shed_slow(); }));
  }
}

std::uint64_t Hub::subscribers() const {
  std::uint64_t count = 0;
  for (const auto& shard : shards_) count += shard->metrics().subscribers.get();
  return count;
}

std::shared_ptr<const base::Settings> Hub::settings() const { return settings_.get(); }

void Hub::reconfigure(std::shared_ptr<const base::Settings> settings) {
  settings_.set(settings);
  log_->reconfigure(*settings);
  const auto rules = std::make_shared<const Rules>(*settings);
  for (auto& shard : shards_) {
    shard->post(
        base::Task([&shard = *shard, settings, rules] { shard.reconfigure(settings, rules); }));
  }
}

void Hub::on_batch(log::BatchPtr batch) {
  // Before any shard has it: a client that got the batch from one may resume on another.
  newest_.store(batch->last().value, std::memory_order_release);
  for (auto& shard : shards_) shard->post(batch);
  const auto watchers = watchers_.get();
  for (const auto& watcher : *watchers) watcher(batch);
}

void Hub::watch(Watcher on_batch) {
  auto watchers = *watchers_.get();
  watchers.push_back(std::move(on_batch));
  watchers_.set(std::make_shared<const std::vector<Watcher>>(std::move(watchers)));
}

std::chrono::microseconds Hub::patience() const {
  std::chrono::microseconds longest{};
  for (const auto& shard : shards_) longest = std::max(longest, shard->patience());
  return longest;
}

void Hub::on_trim(log::FloorsPtr floors) {
  for (auto& shard : shards_) {
    shard->post(base::Task([&shard = *shard, floors] { shard.on_trim(floors); }));
  }
}

}  // namespace weir::hub
