// The clients of a run: they come, read, stall, vanish and return.

#include <limits>

#include "simulation.hpp"

namespace weir::simulation {
namespace {

constexpr std::size_t kReadersMax = 8;
constexpr std::uint32_t kHeartbeatTicks = 10;

std::string describe(const proto::Selectors& selectors) {
  std::string text;
  for (const auto& topic : selectors.topics) text += topic + " ";
  for (const auto& pattern : selectors.patterns) text += "~" + pattern.text() + " ";
  text.pop_back();
  return text;
}

std::string describe(const hub::Start& start) {
  using enum hub::Start::Kind;
  switch (start.kind) {
    case kLatest:
      return "latest";
    case kEarliest:
      return "earliest";
    case kLast:
      return fmt::format("last {}", start.count);
    case kCursor:
      break;
  }
  return fmt::format("after {}", start.text);
}

}  // namespace

std::shared_ptr<const proto::Selectors> Simulation::choose_selectors() {
  std::vector<std::string> topics;
  std::vector<std::string> patterns;
  if (dice_.chance(70)) {
    const auto count = dice_.chance(70) ? 1 : dice_.between(2, 3);
    for (std::size_t i = 0; i < count; ++i) topics.push_back(choose_topic());
  }
  if (topics.empty() || dice_.chance(10)) {
    patterns.push_back(dice_.pick<std::string>({"news/*", "job/{id}", "**", "*"}));
  }
  auto made = proto::make_selectors(topics, patterns, 100);
  WEIR_CHECK(made.has_value(), "the simulation's selectors are good");
  return std::make_shared<const proto::Selectors>(std::move(*made));
}

hub::Start Simulation::choose_start() {
  using enum hub::Start::Kind;
  switch (dice_.below(5)) {
    case 0:
      return {kLatest, 0, {}};
    case 1:
      return {kEarliest, 0, {}};
    case 2:
      return {kLast, dice_.below(12), {}};
    case 3:
      return {kCursor, 0,
              proto::to_string({history_.epoch(), {dice_.below(history_.head().value + 1)}})};
    default:
      break;
  }
  return {kCursor, 0,
          dice_.pick<std::string>(
              {"", "nonsense", "\"quoted\"", "00000000000000010-5",
               proto::to_string({{dice_.next()}, {dice_.below(100)}}),
               proto::to_string({history_.epoch(), {history_.head().value + 1'000'000}})})};
}

void Simulation::join() {
  if (readers_.size() >= kReadersMax) {
    // Somebody goes for good and makes room.
    auto& first = readers_.front();
    if (first.connected) disconnect(first);
    readers_.pop_front();
  }
  const auto number = life_ * 1'000 + history_.publications() + readers_.size();
  readers_.push_back({.client = Client(number, choose_selectors(), settings_.slow_consumer,
                                       history_, clock_, report_),
                      .first_start = choose_start()});
  connect(readers_.back(), readers_.back().first_start);
}

void Simulation::connect(Reader& reader, hub::Start start) {
  auto& client = reader.client;
  reader.shard = dice_.below(shards_);
  auto& shard = hub_->shard(reader.shard);
  if (shard.ended(*client.selectors(), start)) {
    report_.note("client {} is answered that it has everything", client.number());
    client.begin(start, history_.head(), {});
    client.expect_all_up_to(history_.head());
    reader.over = true;
    return;
  }
  reader.id =
      shard.reserve({client.selectors(), &network_, dice_.chance(40) ? kHeartbeatTicks : 0});
  const auto welcome = shard.head_cursor();
  if (dice_.chance(20)) {
    log_->step_writer();
    shard.run();
  }
  reader.sink =
      network_.connect(dice_.chance(60) ? dice_.between(1, 12) : 1'000, known_[reader.shard]);
  reader.connected = true;
  report_.note("client {} connects to shard {} for {}: {} at {}", client.number(), reader.shard,
               describe(*client.selectors()), describe(start), welcome.sequence.value);
  client.begin(start, welcome.sequence, known_[reader.shard]);
  if (start.kind == hub::Start::Kind::kLatest && dice_.chance(50)) client.adopt(welcome);
  shard.start(reader.id, reader.sink, false, std::move(start));
}

void Simulation::return_client() {
  if (readers_.empty()) return;
  auto& reader = readers_[dice_.below(readers_.size())];
  if (reader.connected || reader.over) return;
  if (const auto& last = reader.client.last_id()) {
    connect(reader, {hub::Start::Kind::kCursor, 0, proto::to_string(*last)});
  } else {
    connect(reader, reader.first_start);
  }
}

void Simulation::read(Reader& reader, std::size_t frames) {
  auto* connection = network_.find(reader.sink);
  while (frames-- > 0 && !connection->buffer.empty() && report_.ok()) {
    const auto frame = std::move(connection->buffer.front());
    connection->buffer.pop_front();
    reader.client.receive(frame);
  }
  if (connection->aborted || (connection->ended && connection->buffer.empty())) {
    check_end(reader);
    disconnect(reader);
    return;
  }
  if (connection->blocked && connection->buffer.size() < connection->capacity) {
    connection->blocked = false;
    hub_->shard(reader.shard).on_writable(reader.id);
  }
}

/// A stream that the server ended: there must be a reason.
void Simulation::check_end(Reader& reader) {
  const auto* connection = network_.find(reader.sink);
  const auto& selectors = *reader.client.selectors();
  if (draining_) return;
  if (connection->aborted) {
    if (!connection->blocked && settings_.slow_consumer != base::SlowConsumer::kDisconnect &&
        !log_->stats().failed) {
      report_.fail("client {} was cut off", reader.client.number());
    }
    return;
  }
  // Its lifetime, or its topics ended; whether it has everything of those shows when it returns.
  if (settings_.connection_lifetime.count() == 0 && !selectors.exact_only()) {
    report_.fail("the stream of client {} ended", reader.client.number());
  }
}

void Simulation::read_some() {
  if (readers_.empty()) return;
  auto& reader = readers_[dice_.below(readers_.size())];
  if (reader.connected) read(reader, dice_.between(0, 20));
}

void Simulation::stall() {
  if (readers_.empty()) return;
  auto& reader = readers_[dice_.below(readers_.size())];
  if (reader.connected) network_.find(reader.sink)->capacity = dice_.between(1, 30);
}

void Simulation::vanish() {
  if (readers_.empty()) return;
  auto& reader = readers_[dice_.below(readers_.size())];
  if (!reader.connected) return;
  report_.note("client {} vanishes", reader.client.number());
  read(reader, dice_.below(4));
  if (!reader.connected) return;
  if (dice_.chance(50)) {
    disconnect(reader);
    return;
  }
  network_.find(reader.sink)->vanished = true;
  ghosts_.push_back({reader.shard, reader.id, reader.sink});
  reader.connected = false;
}

void Simulation::bury_ghost() {
  if (ghosts_.empty()) return;
  const auto& ghost = ghosts_.front();
  hub_->shard(ghost.shard).remove(ghost.id);
  network_.forget(ghost.sink);
  ghosts_.erase(ghosts_.begin());
}

void Simulation::disconnect(Reader& reader) {
  hub_->shard(reader.shard).remove(reader.id);
  network_.forget(reader.sink);
  reader.connected = false;
}

/// The server goes. What was under way in the network may still arrive.
void Simulation::lose_connections() {
  for (auto& reader : readers_) {
    if (!reader.connected) continue;
    auto& buffer = network_.find(reader.sink)->buffer;
    for (auto frames = dice_.below(20); frames > 0 && !buffer.empty(); --frames) {
      reader.client.receive(buffer.front());
      buffer.pop_front();
    }
    network_.forget(reader.sink);
    reader.connected = false;
  }
  for (const auto& ghost : ghosts_) network_.forget(ghost.sink);
  ghosts_.clear();
}

}  // namespace weir::simulation
