#include "log/log_reader.hpp"

#include <algorithm>

namespace weir::log {
namespace {

/// A read stops after so many stored bytes even if nothing matched, so that it holds its snapshot,
/// which keeps the write-ahead log from being begun anew, for a short time only.
constexpr std::uint64_t kScannedBytesMax = 16 << 20;
/// Distances below this are scanned without asking the index.
constexpr std::uint64_t kSparseSpan = 4096;
constexpr std::size_t kSparseTopicsMax = 16;
constexpr std::size_t kPlacesMax = 1024;
/// At least so many positions per matching event make it worth to fetch batches one by one.
constexpr std::uint64_t kSparseFactor = 8;

bool any_matches(const proto::Selectors* selectors, const Batch& batch) {
  if (selectors == nullptr) return true;
  const auto topics = batch.by_topic();
  return std::any_of(topics.begin(), topics.end(),
                     [&](const auto& entry) { return selectors->matches(entry.topic); });
}

}  // namespace

/// One read on its way.
struct LogReader::Scan {
  const ReadRequest* request;
  base::Sequence after;
  base::Sequence up_to;
  FloorsPtr floors;
  std::uint64_t matched_bytes = 0;
  std::uint64_t scanned_bytes = 0;
  bool stopped = false;
  ReadResult result;

  /// Takes a commit; false when the read is to stop.
  bool visit(EngineReader::Found found) {
    if (found.first > up_to) return false;
    if (found.batch == nullptr) {
      stop_before_damage(found);
      return false;
    }
    result.covered = std::max(result.covered, found.last);
    scanned_bytes += found.stored_bytes;
    if (any_matches(request->selectors.get(), *found.batch)) {
      matched_bytes += found.stored_bytes;
      result.batches.push_back(std::move(found.batch));
    }
    stopped = matched_bytes >= request->bytes_max || scanned_bytes >= kScannedBytesMax;
    return !stopped;
  }

  /// What stands before the damage is delivered as it is; the read that begins at the damage finds
  /// its events gone, which its subscriber is told.
  void stop_before_damage(const EngineReader::Found& found) {
    stopped = true;
    if (found.first > result.covered.next()) {
      result.covered = {found.first.value - 1};
    } else if (result.batches.empty()) {
      result.covered = found.last;
      result.floor = std::max(result.floor, found.last);
    }
  }
};

base::Result<ReadResult> LogReader::read(const ReadRequest& request) {
  // In this order: what is committed by then is found in the store, and in the index.
  const auto up_to = state_->committed.get();
  const auto floors = state_->floors.get();
  Scan scan{&request, std::max(request.after, floors->all), up_to, floors, 0, 0, false, {}};
  scan.result.covered = scan.after;
  if (scan.after < up_to) {
    if (auto done = run(scan); !done) return done.error();
  }
  // Not those of the beginning: what was trimmed since may be missing, too, from the store or from
  // a batch that another reader has decoded.
  scan.result.floors = state_->settled_floors();
  scan.result.floor = std::max(scan.result.floor, scan.result.floors->all);
  return std::move(scan.result);
}

base::Result<> LogReader::run(Scan& scan) {
  Places places;
  const auto& request = *scan.request;
  const auto* selectors = request.selectors.get();
  if (selectors != nullptr && selectors->exact_only() &&
      selectors->topics.size() <= kSparseTopicsMax && scan.up_to - scan.after > kSparseSpan) {
    // Without a usable index everything is read instead.
    if (auto found = find_places(*selectors, scan.after, scan.up_to)) places = std::move(*found);
  }
  return places.complete_up_to.value > 0 ? read_places(scan, places) : read_all(scan);
}

base::Result<> LogReader::read_all(Scan& scan) {
  auto done = engine_->scan(scan.after, &scan.floors->topics, [&](EngineReader::Found found) {
    return scan.visit(std::move(found));
  });
  if (done && !scan.stopped) scan.result.covered = std::max(scan.result.covered, scan.up_to);
  return done;
}

base::Result<> LogReader::read_places(Scan& scan, const Places& places) {
  for (const auto position : places.positions) {
    if (position <= scan.result.covered) continue;
    // Nothing that matches lies between.
    scan.result.covered = {position.value - 1};
    auto done =
        engine_->scan(scan.result.covered, &scan.floors->topics, [&](EngineReader::Found found) {
          if (found.first <= position) scan.visit(std::move(found));
          return false;
        });
    if (!done) return done;
    if (scan.stopped) return {};
  }
  scan.result.covered = std::max(scan.result.covered, places.complete_up_to);
  return {};
}

base::Result<LogReader::Places> LogReader::find_places(const proto::Selectors& selectors,
                                                       base::Sequence after,
                                                       base::Sequence up_to) const {
  Places places{{}, up_to};
  for (const auto& topic : selectors.topics) {
    auto postings = index_->postings(topic, after, up_to, kPlacesMax);
    if (!postings) return postings.error();
    if (postings->size() == kPlacesMax) {
      places.complete_up_to = std::min(places.complete_up_to, postings->back());
    }
    places.positions.insert(places.positions.end(), postings->begin(), postings->end());
  }
  std::sort(places.positions.begin(), places.positions.end());
  while (!places.positions.empty() && places.positions.back() > places.complete_up_to) {
    places.positions.pop_back();
  }
  if (places.positions.size() * kSparseFactor > places.complete_up_to - after) return Places{};
  return places;
}

base::Result<std::uint64_t> LogReader::count(const proto::Selectors* selectors,
                                             base::Sequence after, base::Sequence up_to) {
  const auto floors = state_->floors.get();
  after = std::max(after, floors->all);
  up_to = std::min(up_to, state_->committed.get());
  if (after >= up_to) return 0;
  if (selectors == nullptr) return up_to - after;
  auto counted = index_->count(*selectors, after, up_to, &floors->topics);
  if (counted) return counted;
  return count_by_reading(*selectors, after, up_to, floors->topics);
}

/// What the index cannot tell, the log can.
base::Result<std::uint64_t> LogReader::count_by_reading(const proto::Selectors& selectors,
                                                        base::Sequence after, base::Sequence up_to,
                                                        const TopicFloors& floors) {
  std::uint64_t events = 0;
  const auto is_there = [&](std::string_view topic, base::Sequence at) {
    // A batch may have been decoded before the trim.
    const auto floor = floors.find(std::string(topic));
    return floor == floors.end() || at > floor->second;
  };
  auto done = engine_->scan(after, &floors, [&](EngineReader::Found found) {
    if (found.first > up_to) return false;
    if (found.batch == nullptr) return true;
    for (auto i = found.batch->index_after(after); i < found.batch->size(); ++i) {
      const auto& event = (*found.batch)[i];
      if (event.sequence > up_to) return false;
      events += std::any_of(event.topics.begin(), event.topics.end(), [&](auto topic) {
        return selectors.matches(topic) && is_there(topic, event.sequence);
      });
    }
    return true;
  });
  if (!done) return done.error();
  return events;
}

base::Result<base::Sequence> LogReader::locate_last(const proto::Selectors* selectors,
                                                    std::uint64_t n, base::Sequence up_to) {
  up_to = std::min(up_to, state_->committed.get());
  const auto floors = state_->floors.get();
  if (n == 0) return up_to;
  if (selectors == nullptr) {
    return base::Sequence{std::max(floors->all.value, up_to.value - std::min(n, up_to.value))};
  }
  auto at = index_->nth_newest(*selectors, n, up_to, &floors->topics);
  if (!at) return at.error();
  if (at->value == 0) return up_to;
  return std::max(base::Sequence{at->value - 1}, floors->all);
}

base::Result<bool> LogReader::complete(TopicInfo& info, const Floors& floors) const {
  const auto closed = state_->closed_at(info.name);
  info.closed = closed.has_value();
  auto floor = floors.all;
  if (const auto at = floors.topics.find(info.name); at != floors.topics.end()) {
    floor = std::max(floor, at->second);
  }
  if (info.last <= floor) return false;
  if (info.first > floor) return true;
  // The index has not forgotten yet what was trimmed.
  auto rest = index_->postings(info.name, floor, info.last, kPlacesMax);
  if (!rest) return rest.error();
  if (rest->empty()) return false;
  const proto::Selectors selectors{{info.name}, {}};
  auto events = index_->count(selectors, floor, info.last);
  if (!events) return events.error();
  info.bytes = info.events == 0 ? 0 : info.bytes / info.events * *events;
  info.events = *events;
  info.first = rest->front();
  return true;
}

base::Result<std::vector<TopicInfo>> LogReader::list_topics(const proto::Selectors* selectors,
                                                            std::string after, std::size_t limit) {
  const auto floors = state_->floors.get();
  std::vector<TopicInfo> topics;
  while (topics.size() < limit) {
    const auto wanted = limit - topics.size();
    auto some = index_->list(selectors, after, wanted);
    if (!some) return some.error();
    if (some->empty()) break;
    after = some->back().name;
    for (auto& info : *some) {
      auto is_there = complete(info, *floors);
      if (!is_there) return is_there.error();
      if (*is_there) topics.push_back(std::move(info));
    }
    if (some->size() < wanted) break;
  }
  return topics;
}

base::Result<TopicInfo> LogReader::topic_info(std::string_view topic) {
  auto info = index_->info(topic);
  if (!info) return info.error();
  auto is_there = complete(*info, *state_->floors.get());
  if (!is_there) return is_there.error();
  if (!*is_there) return base::make_error(base::ErrorCode::kNotFound);
  return std::move(*info);
}

base::Result<> LogReader::read_state(const StateRead& read) {
  // Before the tables are looked at: whatever is committed by now is in them. Not beyond what
  // listeners have been told of: to them a position ahead of that is one that never was.
  const auto as_of = state_->head.get();
  return engine_->read_state([&](State& state) { return read(state, as_of); });
}

}  // namespace weir::log
