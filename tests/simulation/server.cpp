// The server of a run: how it starts, what breaks it, and what it must still know afterwards.

#include <chrono>

#include "simulation.hpp"

namespace weir::simulation {

using std::chrono::milliseconds;

namespace {

std::string describe(const base::Settings& settings) {
  auto text =
      fmt::format("{} events for {} ms", settings.retention.events, settings.retention.age.count());
  for (const auto& space : settings.namespaces) {
    text += fmt::format(", {}: {} events for {} ms", space.name, space.retention.events,
                        space.retention.age.count());
  }
  return text;
}

}  // namespace

void Simulation::Tap::on_batch(log::BatchPtr batch) {
  simulation_->history_.on_batch(*batch);
  simulation_->hub_->on_batch(std::move(batch));
}

void Simulation::Tap::on_trim(log::FloorsPtr floors) {
  simulation_->history_.on_trim(floors->all, floors->topics);
  simulation_->hub_->on_trim(floors);
  // Behind the news itself in the mailbox.
  for (std::size_t i = 0; i < simulation_->known_.size(); ++i) {
    simulation_->hub_->shard(i).post(base::Task([this, i, floors] {
      simulation_->known_[i].raise({floors->all, {floors->topics.begin(), floors->topics.end()}});
    }));
  }
}

base::Retention Simulation::choose_retention() {
  base::Retention retention;
  retention.bytes = 8ULL << 30;
  if (dice_.chance(30)) retention.events = dice_.between(5, 60);
  if (dice_.chance(10)) retention.age = milliseconds(dice_.between(60'000, 600'000));
  return retention;
}

base::Namespace Simulation::choose_namespace() {
  base::Namespace space;
  space.name = "news";
  space.topics = {"news/**"};
  space.retention = choose_retention();
  space.durability = settings_.durability;
  space.slow_consumer = settings_.slow_consumer;
  return space;
}

void Simulation::choose_settings() {
  shards_ = dice_.between(1, 3);
  settings_.data_dir = "/simulated";
  settings_.durability = dice_.chance(20) ? base::Durability::kBuffered : base::Durability::kFsync;
  settings_.retention = choose_retention();
  settings_.ring_bytes = dice_.pick<std::uint64_t>({1'000, 8'000, 64'000});
  settings_.wal_bytes = dice_.pick<std::uint64_t>({50'000, 200'000, 1'000'000});
  settings_.publish_queue_bytes = dice_.pick<std::uint64_t>({1'000, 1'000'000});
  settings_.idempotency_window = std::chrono::hours(10'000);
  settings_.connection_lifetime = milliseconds(dice_.pick<std::uint64_t>({0, 20'000, 1'800'000}));
  settings_.slow_consumer = dice_.pick<base::SlowConsumer>(
      {base::SlowConsumer::kCatchUp, base::SlowConsumer::kCatchUp, base::SlowConsumer::kConflate,
       base::SlowConsumer::kDropToLatest, base::SlowConsumer::kDisconnect});
  if (dice_.chance(30)) settings_.namespaces.push_back(choose_namespace());
  history_.on_settings(settings_);
  report_.note(
      "settings: shards {} durability {} ring {} wal {} queue {} slow_consumer {} keeps {}",
      shards_, static_cast<int>(settings_.durability), settings_.ring_bytes, settings_.wal_bytes,
      settings_.publish_queue_bytes, static_cast<int>(settings_.slow_consumer),
      settings_.retention.events);
}

bool Simulation::open_log() {
  ++life_;
  draining_ = false;
  // The hub's parts hold the settings of the hour.
  hub_ =
      std::make_unique<hub::Hub>(std::make_shared<const base::Settings>(settings_), clock_,
                                 std::vector<std::function<void()>>(shards_, [] {}), dice_.next());
  known_.assign(shards_, {});
  log::Options options;
  options.settings = &settings_;
  options.clock = &clock_;
  options.seed = dice_.next();
  options.listener = &tap_;
  options.manual = true;
  options.vfs = disk_->name();
  auto opened = log::open(options);
  if (!opened) {
    report_.note("open: {}", opened.error().message());
    if (!disk_full_) report_.fail("the log does not open: {}", opened.error().message());
    hub_.reset();
    return false;
  }
  log_ = std::move(*opened);
  return true;
}

void Simulation::start_server() {
  if (!open_log()) {
    if (!report_.ok()) return;
    disk_full_ = false;
    disk_->set_capacity(0);
    if (!open_log()) return;
  }
  report_.note("start: shards {} head {} floor {}", shards_, log_->head().value,
               log_->floor().value);
  for (auto& known : known_) known.all = log_->floor();
}

/// Reads the whole log, as a client that knows nothing would.
std::vector<log::BatchPtr> Simulation::read_log() {
  std::vector<log::BatchPtr> batches;
  auto after = log_->floor();
  while (report_.ok() && after < log_->head()) {
    std::optional<base::Result<log::ReadResult>> answer;
    log_->read({after, 1ULL << 40, nullptr},
               [&](base::Result<log::ReadResult> result) { answer = std::move(result); });
    log_->run_background();
    if (!answer || !*answer) {
      report_.fail("the log cannot be read: {}", answer ? answer->error().message() : "no answer");
      return batches;
    }
    auto& result = **answer;
    if (result.floor > after) {
      after = result.floor;
      continue;
    }
    if (result.covered <= after) {
      report_.fail("a read after {} covers nothing", after.value);
      return batches;
    }
    batches.insert(batches.end(), result.batches.begin(), result.batches.end());
    after = result.covered;
  }
  return batches;
}

void Simulation::stop_server(bool in_order) {
  if (in_order) {
    // What the shards were told before the end still counts.
    for (std::size_t i = 0; i < shards_; ++i) hub_->shard(i).run();
    draining_ = true;
    if (dice_.chance(50)) {
      for (std::size_t i = 0; i < shards_; ++i) hub_->shard(i).drain(milliseconds(1'000));
    }
  }
  lose_connections();
  log_.reset();
  hub_.reset();
  disk_->fail_write(0);
  disk_->fail_sync(0);
  history_.on_crash();
}

void Simulation::crash() {
  const bool power = dice_.chance(60);
  report_.note("crash: {}", power ? "power" : "process");
  if (power) {
    disk_->crash();
  } else {
    disk_->kill();
  }
  stop_server(false);
  recover(power && settings_.durability != base::Durability::kFsync);
}

/// What the log still has, held against what it may not have lost.
void Simulation::recover(bool may_lose_tail) {
  start_server();
  if (!report_.ok()) return;
  if (log_->epoch() != history_.epoch()) {
    report_.fail("the log came back in another epoch");
    return;
  }
  const auto head = log_->head();
  const auto floor = log_->floor();
  history_.on_open(head);
  history_.on_recovery(read_log(), floor, head, may_lose_tail);
  hub_->attach(*log_);
}

void Simulation::restart_in_order() {
  report_.note("restart");
  stop_server(true);
  recover(false);
}

void Simulation::replace_disk() {
  report_.note("another disk");
  stop_server(true);
  disk_ = std::make_unique<log::testing::FaultDisk>(dice_.next());
  disk_full_ = false;
  start_server();
  if (!report_.ok()) return;
  history_.begin(log_->epoch());
  hub_->attach(*log_);
}

void Simulation::reconfigure() {
  settings_.retention = choose_retention();
  settings_.namespaces.clear();
  if (dice_.chance(30)) settings_.namespaces.push_back(choose_namespace());
  report_.note("reconfigure: keeps {}", describe(settings_));
  history_.on_settings(settings_);
  hub_->reconfigure(std::make_shared<const base::Settings>(settings_));
}

void Simulation::break_disk() {
  const auto kind = dice_.below(10);
  if (kind < 6) {
    disk_full_ = true;
    const auto room = dice_.below(40'000);
    report_.note("disk full in {} bytes", room);
    disk_->set_capacity(disk_->used() + room);
  } else if (kind < 8) {
    const auto nth = dice_.between(1, 6);
    report_.note("sync {} from now fails", nth);
    disk_->fail_sync(nth, dice_.chance(50) ? "-wal" : "");
  } else {
    const auto nth = dice_.between(1, 12);
    report_.note("write {} from now fails", nth);
    disk_->fail_write(nth);
  }
}

void Simulation::mend_disk() {
  if (disk_full_) report_.note("disk has room");
  disk_full_ = false;
  disk_->set_capacity(0);
}

void Simulation::trim() {
  const auto topic = choose_topic();
  std::optional<base::Sequence> up_to;
  if (dice_.chance(70)) up_to = base::Sequence{dice_.below(log_->head().value + 3)};
  report_.note("trim {} up to {}", topic, up_to ? up_to->value : 0);
  const auto asked = history_.on_trim_asked(topic, up_to);
  const auto shard = dice_.below(shards_);
  hub_->trim(shard, topic, up_to, [this, asked, life = life_](const base::Result<>& answer) {
    if (life == life_) history_.on_trim_answer(asked, answer);
  });
}

}  // namespace weir::simulation
