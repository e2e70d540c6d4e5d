// The publishers of a run: what they publish, and what they publish again when they were not
// answered.

#include "simulation.hpp"

namespace weir::simulation {

std::string Simulation::choose_topic() {
  return dice_.pick<std::string>({"a", "a", "b", "news/1", "news/2", "job/1", "job/2"});
}

proto::Event Simulation::make_event(std::size_t publication, std::size_t index) {
  proto::Event event;
  event.topics.push_back(choose_topic());
  if (dice_.chance(20)) {
    auto second = choose_topic();
    if (second != event.topics.front()) event.topics.push_back(std::move(second));
  }
  event.data = History::name_event(publication, index) + " ";
  event.data.append(dice_.chance(5) ? dice_.between(2'000, 20'000) : dice_.below(200), 'x');
  if (dice_.chance(30)) event.type = "changed";
  if (dice_.chance(30)) event.key = dice_.chance(50) ? "k1" : "k2";
  if (dice_.chance(10)) event.flags |= proto::kPrivate;
  if (dice_.chance(10)) event.flags |= proto::kEphemeral;
  if (dice_.chance(10)) event.ttl_ms = static_cast<std::uint32_t>(dice_.between(100, 60'000));
  if (event.topics.size() == 1 && event.topics.front().starts_with("job/") && dice_.chance(5) &&
      !event.has(proto::kEphemeral)) {
    event.flags |= proto::kTerminal;
  }
  return event;
}

void Simulation::publish() {
  const auto publication = history_.publications();
  std::vector<proto::Event> events;
  const auto count = dice_.chance(60) ? 1 : dice_.between(2, 5);
  for (std::size_t i = 0; i < count; ++i) events.push_back(make_event(publication, i));
  history_.publish(std::move(events),
                   dice_.chance(40) ? fmt::format("key-{}", publication) : std::string());
  ask(publication);
}

/// A publisher that is not sure, or is not right in the head, publishes again what has a key.
void Simulation::publish_again() {
  const auto first = history_.first_publication();
  if (history_.publications() == first) return;
  for (int tries = 0; tries < 8; ++tries) {
    const auto index = first + dice_.below(history_.publications() - first);
    const auto& publication = history_.publication(index);
    if (publication.key.empty() || publication.conflicting || publication.durable() == 0) continue;
    if (publication.state == Publication::State::kKept && tries < 7) continue;
    ask(index);
    return;
  }
}

void Simulation::publish_conflict() {
  const auto first = history_.first_publication();
  if (history_.publications() == first) return;
  const auto other = first + dice_.below(history_.publications() - first);
  const auto& kept = history_.publication(other);
  if (kept.key.empty() || kept.state != Publication::State::kKept || kept.conflicting ||
      kept.durable() == 0) {
    return;
  }
  const auto key = kept.key;
  const auto publication = history_.publications();
  auto event = make_event(publication, 0);
  event.flags &= static_cast<std::uint8_t>(~proto::kEphemeral);
  history_.publish({std::move(event)}, key);
  history_.publication(publication).conflicting = true;
  ask(publication);
}

void Simulation::ask(std::size_t index) {
  auto& publication = history_.publication(index);
  report_.note("publish p{} of {} events{}{}", index, publication.events.size(),
               publication.key.empty() ? "" : ", keyed",
               publication.conflicting ? " as another" : "");
  if (publication.state != Publication::State::kKept) {
    publication.state = Publication::State::kAsked;
  }
  ++publication.asked;
  hub::PublishRequest request;
  request.events = publication.events;
  request.idempotency_key = publication.key;
  hub_->publish(dice_.below(shards_), std::move(request),
                [this, index, life = life_](const base::Result<hub::Published>& answer) {
                  if (life == life_) history_.on_answer(index, answer);
                });
}

}  // namespace weir::simulation
