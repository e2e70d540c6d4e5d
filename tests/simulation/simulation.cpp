#include "simulation.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace weir::simulation {
namespace {

using std::chrono::milliseconds;

// A settled system is quiet for so many rounds; one that is not quiet after so many never will be.
constexpr int kQuietRounds = 4;
constexpr int kRoundsMax = 2'000;

}  // namespace

Simulation::Simulation(std::uint64_t seed, Report& report)
    : report_(report),
      dice_(seed),
      history_(report, clock_),
      tap_(*this),
      network_(dice_, report),
      disk_(std::make_unique<log::testing::FaultDisk>(dice_.next())) {}

Simulation::~Simulation() {
  // The log may still have work, which after a failure must not be looked at again.
  if (disk_ != nullptr) disk_->kill();
  log_.reset();
  hub_.reset();
}

void Simulation::run() {
  choose_settings();
  start_server();
  if (!report_.ok()) return;
  history_.begin(log_->epoch());
  hub_->attach(*log_);
  const auto steps = dice_.between(100, 300);
  for (std::size_t i = 1; i <= steps && report_.ok(); ++i) {
    report_.begin_step(i);
    act();
  }
  if (report_.ok()) settle();
  if (report_.ok()) crash();
  if (report_.ok()) settle();
}

void Simulation::step_hub() {
  auto& shard = hub_->shard(dice_.below(shards_));
  if (dice_.chance(25)) {
    clock_.advance(milliseconds(dice_.between(10, 300)));
    shard.tick();
  }
  shard.run();
}

/// One step, chosen by weight.
void Simulation::act() {
  struct Choice {
    unsigned weight;
    void (Simulation::*action)();
  };
  static constexpr std::array kChoices{
      Choice{40, &Simulation::publish},
      Choice{8, &Simulation::publish_again},
      Choice{1, &Simulation::publish_conflict},
      Choice{36, &Simulation::commit},
      Choice{16, &Simulation::work_in_background},
      Choice{50, &Simulation::step_hub},
      Choice{50, &Simulation::read_some},
      Choice{8, &Simulation::join},
      Choice{14, &Simulation::return_client},
      Choice{7, &Simulation::vanish},
      Choice{5, &Simulation::bury_ghost},
      Choice{6, &Simulation::stall},
      Choice{5, &Simulation::trim},
      Choice{2, &Simulation::reconfigure},
      Choice{3, &Simulation::pass_time},
      Choice{3, &Simulation::break_disk},
      Choice{4, &Simulation::mend_disk},
      Choice{3, &Simulation::crash},
      Choice{1, &Simulation::restart_in_order},
      Choice{3, &Simulation::settle},
  };
  if (log_->stats().failed && dice_.chance(20)) {
    crash();
    return;
  }
  if (dice_.below(1'000) == 0) {
    replace_disk();
    return;
  }
  unsigned sum = 0;
  for (const auto& choice : kChoices) sum += choice.weight;
  auto at = dice_.below(sum);
  for (const auto& choice : kChoices) {
    if (at < choice.weight) {
      (this->*choice.action)();
      return;
    }
    at -= choice.weight;
  }
}

void Simulation::commit() {
  if (log_->step_writer()) report_.note("commit: head {}", log_->head().value);
}

void Simulation::work_in_background() { log_->run_background(); }

void Simulation::pass_time() {
  const auto time =
      milliseconds(dice_.chance(80) ? dice_.between(100, 5'000) : dice_.between(60'000, 600'000));
  report_.note("{} ms pass", time.count());
  clock_.advance(time);
  for (std::size_t i = 0; i < shards_; ++i) hub_->shard(i).tick();
}

/// Nothing breaks, and everybody reads until nothing happens any more: then everybody has
/// everything.
void Simulation::settle() {
  mend_disk();
  disk_->fail_write(0);
  disk_->fail_sync(0);
  if (log_->stats().failed) crash();
  if (!report_.ok()) return;
  int quiet = 0;
  for (int round = 0; quiet < kQuietRounds && report_.ok(); ++round) {
    quiet = settle_round() ? 0 : quiet + 1;
    if (round == kRoundsMax) report_.fail("the server does not come to rest");
  }
  if (report_.ok()) check_settled();
}

bool Simulation::settle_round() {
  bool moved = false;
  while (log_->step_writer()) moved = true;
  log_->run_background();
  for (std::size_t i = 0; i < shards_; ++i) hub_->shard(i).run();
  for (auto& reader : readers_) {
    if (!reader.connected) continue;
    const auto* connection = network_.find(reader.sink);
    moved = moved || !connection->buffer.empty() || connection->blocked || connection->ended;
    read(reader, std::numeric_limits<std::size_t>::max());
    if (!report_.ok()) return false;
  }
  return moved;
}

void Simulation::check_settled() {
  if (log_->stats().failed) {
    report_.fail("the log failed on a good disk");
    return;
  }
  if (log_->head() != history_.head()) report_.fail("the log's head is not that of its batches");
  for (std::size_t i = history_.first_publication(); i < history_.publications(); ++i) {
    if (history_.publication(i).asked > 0) report_.fail("publication {} was not answered", i);
  }
  std::size_t connected = ghosts_.size();
  for (auto& reader : readers_) {
    if (!reader.connected) continue;
    ++connected;
    reader.client.expect_all_up_to(history_.head());
  }
  for (const auto& ghost : ghosts_) {
    const auto* connection = network_.find(ghost.sink);
    if (connection->ended || connection->aborted) --connected;
  }
  if (hub_->subscribers() != connected) {
    report_.fail("the hub counts {} subscribers of {}", hub_->subscribers(), connected);
  }
  report_.note("settled at {}", history_.head().value);
}

}  // namespace weir::simulation
