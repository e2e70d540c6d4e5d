#include "history.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace weir::simulation {
namespace {

struct Name {
  std::size_t publication = 0;
  std::size_t index = 0;
};

/// Reads what `name_event` wrote.
std::optional<Name> read_name(std::string_view data) {
  Name name;
  if (data.empty() || data.front() != 'p') return std::nullopt;
  const auto* end = data.data() + data.size();
  const auto first = std::from_chars(data.data() + 1, end, name.publication);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, name.index);
  if (second.ec != std::errc()) return std::nullopt;
  return name;
}

KnownEvent known(const log::Batch& batch, std::size_t index) {
  const auto& view = batch[index];
  return {{view.topics.begin(), view.topics.end()},
          std::string(view.type),
          std::string(view.data),
          std::string(view.key),
          view.flags,
          view.expires,
          batch.committed_at()};
}

/// Equal but for their topics, of which trims may have taken some.
bool same(const KnownEvent& a, const KnownEvent& b) {
  return a.type == b.type && a.data == b.data && a.key == b.key && a.flags == b.flags &&
         a.expires == b.expires && a.committed_at == b.committed_at;
}

bool as_published(const KnownEvent& event, const proto::Event& published) {
  return event.type == published.type && event.data == published.data &&
         event.key == published.key && event.flags == published.flags &&
         (event.expires != 0) == (published.ttl_ms != 0);
}

}  // namespace

void Floors::raise(const Floors& other) {
  all = std::max(all, other.all);
  for (const auto& [topic, at] : other.topics) topics[topic] = std::max(topics[topic], at);
}

bool Floors::cover(base::Sequence at, const KnownEvent& event,
                   const proto::Selectors& selectors) const {
  if (at <= all) return true;
  return std::all_of(event.topics.begin(), event.topics.end(), [&](const auto& topic) {
    if (!selectors.matches(topic)) return true;
    const auto floor = topics.find(topic);
    return floor != topics.end() && at <= floor->second;
  });
}

bool Floors::touch(base::Sequence after, const proto::Selectors& selectors) const {
  if (all > after) return true;
  return std::any_of(topics.begin(), topics.end(), [&](const auto& entry) {
    return entry.second > after && selectors.matches(entry.first);
  });
}

std::size_t Publication::durable() const {
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(),
                    [](const auto& event) { return !event.has(proto::kEphemeral); }));
}

void History::begin(base::Epoch epoch) {
  if (epoch == epoch_) report_->fail("a new log has the epoch of an old one");
  epoch_ = epoch;
  events_.clear();
  lost_.clear();
  head_ = head_at_open_ = {};
  floors_ = {};
  asked_trims_.clear();
  first_of_epoch_ = publications_.size();
}

std::string History::name_event(std::size_t publication, std::size_t index) {
  return fmt::format("p{}.{}", publication, index);
}

std::size_t History::publish(std::vector<proto::Event> events, std::string key) {
  Publication made;
  made.events = std::move(events);
  made.key = std::move(key);
  publications_.push_back(std::move(made));
  return publications_.size() - 1;
}

bool History::was_ephemeral(std::string_view data) const {
  const auto name = read_name(data);
  if (!name || name->publication >= publications_.size()) return false;
  const auto& events = publications_[name->publication].events;
  return name->index < events.size() && events[name->index].has(proto::kEphemeral) &&
         events[name->index].data == data;
}

void History::on_answer(std::size_t index, const base::Result<hub::Published>& answer) {
  auto& publication = publications_[index];
  --publication.asked;
  using enum base::ErrorCode;
  if (!answer) {
    const auto code = answer.error().code;
    if (publication.conflicting && code == kIdempotencyConflict) return;
    if (code != kStorageFull && code != kStorageFailed && code != kPublishOverload &&
        code != kTopicClosed && code != kDraining) {
      report_->fail("publication {} was answered: {}", index, answer.error().message());
    }
    if (code == kStorageFailed) publication.doubtful = true;
    if (publication.state == Publication::State::kAsked && publication.asked == 0) {
      publication.state =
          publication.doubtful ? Publication::State::kUnknown : Publication::State::kRefused;
    }
    return;
  }
  if (publication.conflicting) {
    report_->fail("publication {} succeeded with the Idempotency-Key of another", index);
    return;
  }
  publication.state = Publication::State::kKept;
  // Trimmed before it was ever seen.
  if (answer->repeated && publication.committed.empty() && publication.doubtful) return;
  if (answer->epoch != epoch_) report_->fail("publication {} is in another epoch", index);
  if (answer->count != publication.committed.size()) {
    report_->fail("publication {} was answered with {} events, and {} are committed", index,
                  answer->count, publication.committed.size());
  } else if (answer->count > 0 && publication.committed.begin()->second != answer->first) {
    report_->fail("publication {} was answered with the wrong position", index);
  }
  if (answer->count != publication.durable()) {
    report_->fail("publication {} was answered for fewer events than it has", index);
  }
}

/// One event of a batch that the log delivers, or has after a crash.
void History::take(const log::Batch& batch, std::size_t index) {
  const auto sequence = batch[index].sequence;
  auto event = known(batch, index);
  const auto name = read_name(event.data);
  if (!name || name->publication >= publications_.size() ||
      name->index >= publications_[name->publication].events.size()) {
    report_->fail("the log made up an event at {}", sequence.value);
    return;
  }
  auto& publication = publications_[name->publication];
  if (!as_published(event, publication.events[name->index])) {
    report_->fail("event {} differs from what was published", sequence.value);
  }
  event.topics = publication.events[name->index].topics;
  check_topics(sequence, event, batch[index]);
  if (name->publication < first_of_epoch_) {
    report_->fail("event {} was published to another log", sequence.value);
  }
  if (publication.state == Publication::State::kRefused || publication.conflicting) {
    report_->fail("publication {} was refused and is there, at {}", name->publication,
                  sequence.value);
  }
  const auto [at, first] = publication.committed.try_emplace(name->index, sequence);
  if (!first) {
    report_->fail("publication {} is there twice, at {} and {}", name->publication,
                  at->second.value, sequence.value);
  }
  events_.emplace(sequence, std::move(event));
}

/// What was trimmed under one of its topics is still there under the others.
void History::check_topics(base::Sequence at, const KnownEvent& event,
                           const proto::EventView& view) {
  auto next = view.topics.begin();
  for (const auto& topic : event.topics) {
    if (next != view.topics.end() && *next == topic) {
      ++next;
    } else if (!is_trimmed_under(topic, at)) {
      report_->fail("event {} is no longer there under {}", at.value, topic);
    }
  }
  if (next != view.topics.end()) report_->fail("event {} has another topic", at.value);
}

/// After a crash: what a trim that was under way took from a publication of which the rest came
/// back.
void History::fill_in_trimmed(Publication& publication) {
  if (publication.committed.empty()) return;
  const auto [known_index, known_at] = *publication.committed.begin();
  const auto& known = events_.at(known_at);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < known_index; ++i) {
    if (!publication.events[i].has(proto::kEphemeral)) ++before;
  }
  base::Sequence at{known_at.value - before};
  for (std::size_t i = 0; i < publication.events.size(); ++i) {
    const auto& event = publication.events[i];
    if (event.has(proto::kEphemeral)) continue;
    if (!publication.committed.contains(i)) {
      KnownEvent gone{event.topics, event.type, event.data,        event.key,
                      event.flags,  0,          known.committed_at};
      if (is_trimmed(at, gone)) {
        publication.committed[i] = at;
        events_.emplace(at, std::move(gone));
      }
    }
    at = at.next();
  }
}

/// All of a publication or nothing.
void History::check_whole(std::size_t index) {
  const auto& publication = publications_[index];
  if (publication.committed.empty()) return;
  auto due = publication.committed.begin()->second;
  for (const auto& [place, sequence] : publication.committed) {
    if (sequence != due) report_->fail("publication {} is not in one piece", index);
    due = due.next();
  }
  if (publication.committed.size() != publication.durable()) {
    report_->fail("of publication {} only {} of {} events are there", index,
                  publication.committed.size(), publication.durable());
  }
}

void History::on_batch(const log::Batch& batch) {
  if (batch.epoch() != epoch_) report_->fail("a batch is of another epoch");
  if (batch.first() != head_.next() || batch.last() < batch.first()) {
    report_->fail("a batch [{}, {}] follows position {}", batch.first().value, batch.last().value,
                  head_.value);
  }
  auto expected = batch.first();
  for (std::size_t i = 0; i < batch.size(); ++i, expected = expected.next()) {
    if (batch[i].sequence != expected) {
      report_->fail("position {} stands where {} is due", batch[i].sequence.value, expected.value);
    }
    take(batch, i);
  }
  if (expected != batch.last().next()) report_->fail("a new batch has holes");
  head_ = batch.last();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (const auto name = read_name(batch[i].data)) check_whole(name->publication);
  }
}

void History::on_settings(const base::Settings& settings) {
  weak_ = settings.durability != base::Durability::kFsync;
  const auto note = [this](const base::Retention& retention) {
    if (retention.events != 0 && (least_events_ == 0 || retention.events < least_events_)) {
      least_events_ = retention.events;
    }
    if (retention.age.count() != 0 && (least_age_.count() == 0 || retention.age < least_age_)) {
      least_age_ = retention.age;
    }
  };
  note(settings.retention);
  for (const auto& space : settings.namespaces) note(space.retention);
}

void History::on_trim(base::Sequence floor, const log::TopicFloors& floors) {
  Floors heard{floor, {floors.begin(), floors.end()}};
  for (const auto& [at, event] : events_) {
    for (const auto& topic : event.topics) {
      const auto taken = heard.topics.find(topic);
      const bool gone = at <= heard.all || (taken != heard.topics.end() && at <= taken->second);
      if (gone && !is_trimmed_under(topic, at) && !may_be_gone(at, event)) {
        report_->fail("event {} was taken away from {} before its time, floor {}, floor of it {}",
                      at.value, topic, heard.all.value,
                      taken == heard.topics.end() ? 0 : taken->second.value);
      }
    }
  }
  floors_.raise(heard);
}

/// Whether retention or a trim explains that the log no longer has an event.
bool History::may_be_gone(base::Sequence at, const KnownEvent& event) const {
  if (at <= floors_.all || is_trimmed(at, event)) return true;
  if (least_events_ != 0 && std::max(head_, head_at_open_) - at >= least_events_) return true;
  return least_age_.count() != 0 &&
         event.committed_at + least_age_.count() <= clock_->unix_millis();
}

bool History::is_trimmed_under(const std::string& topic, base::Sequence at) const {
  const auto floor = floors_.topics.find(topic);
  if (floor != floors_.topics.end() && at <= floor->second) return true;
  return std::any_of(asked_trims_.begin(), asked_trims_.end(), [&](const auto& asked) {
    return asked.second.topic == topic && at <= asked.second.up_to;
  });
}

/// Gone under all of its topics.
bool History::is_trimmed(base::Sequence at, const KnownEvent& event) const {
  return std::all_of(event.topics.begin(), event.topics.end(),
                     [&](const auto& topic) { return is_trimmed_under(topic, at); });
}

/// The answer is told by the number that this returns.
std::uint64_t History::on_trim_asked(std::string topic, std::optional<base::Sequence> up_to) {
  constexpr auto kAll = std::numeric_limits<std::uint64_t>::max();
  asked_trims_[next_trim_] = {std::move(topic), up_to.value_or(base::Sequence{kAll})};
  return next_trim_++;
}

void History::on_trim_answer(std::uint64_t asked, const base::Result<>& answer) {
  // After a crash it may turn out to have happened.
  if (!answer && answer.error().code == base::ErrorCode::kStorageFailed) return;
  asked_trims_.erase(asked);
}

void History::on_crash() {
  for (auto& publication : publications_) {
    if (publication.asked > 0) publication.doubtful = true;
    publication.asked = 0;
    if (publication.state == Publication::State::kAsked) {
      publication.state = Publication::State::kUnknown;
    }
  }
}

/// The publications beyond the position went with a weak disk.
void History::lose_after(base::Sequence last) {
  while (!events_.empty() && events_.rbegin()->first > last) {
    const auto name = read_name(events_.rbegin()->second.data);
    auto& publication = publications_[name->publication];
    publication.committed.clear();
    publication.state = Publication::State::kUnknown;
    publication.doubtful = true;
    lost_.insert(events_.extract(std::prev(events_.end())));
  }
}

bool History::lost(base::Sequence after, const proto::Selectors& selectors) const {
  return std::any_of(lost_.upper_bound(after), lost_.end(), [&](const auto& entry) {
    const auto& topics = entry.second.topics;
    return std::any_of(topics.begin(), topics.end(),
                       [&](const auto& topic) { return selectors.matches(topic); });
  });
}

void History::on_recovery(const std::vector<log::BatchPtr>& batches, base::Sequence floor,
                          base::Sequence head, bool may_lose_tail) {
  if (head < head_) {
    report_->fail("the log went back from {} to {}", head_.value, head.value);
  }
  if (floor > floors_.all) {
    for (const auto& [at, event] : events_) {
      if (at <= floor && !may_be_gone(at, event)) {
        report_->fail("event {} was taken away by a crash", at.value);
      }
    }
  }
  floors_.all = std::max(floors_.all, floor);
  std::map<base::Sequence, bool> found;
  base::Sequence last;
  for (const auto& batch : batches) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const auto sequence = (*batch)[i].sequence;
      if (sequence <= last) report_->fail("positions are out of order at {}", sequence.value);
      last = sequence;
      found[sequence] = true;
      if (const auto at = events_.find(sequence); at != events_.end()) {
        if (!same(at->second, known(*batch, i))) {
          report_->fail("position {} holds another event than before", sequence.value);
        }
        check_topics(sequence, at->second, (*batch)[i]);
        continue;
      }
      if (sequence <= head_) {
        report_->fail("an event came up at {}, before the head", sequence.value);
      }
      take(*batch, i);
    }
  }
  for (const auto& [at, event] : events_) {
    if (found.contains(at) || at <= floor || is_trimmed(at, event)) continue;
    // What was not synced may be lost, but never from before what was kept.
    if (!may_lose_tail || at < last) {
      report_->fail("event {} ({}) is lost", at.value, fmt::join(event.topics, ", "));
      return;
    }
    lose_after(last);
    break;
  }
  for (std::size_t i = first_of_epoch_; i < publications_.size(); ++i) {
    fill_in_trimmed(publications_[i]);
  }
  head_ = head;
  // A trim that was under way may have happened.
  for (const auto& [number, asked] : asked_trims_) {
    auto& known = floors_.topics[asked.topic];
    known = std::max(known, std::min(asked.up_to, head));
  }
  asked_trims_.clear();
  for (std::size_t i = first_of_epoch_; i < publications_.size(); ++i) check_whole(i);
}

}  // namespace weir::simulation
