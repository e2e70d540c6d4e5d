#include "hub/interest.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace weir::hub {
namespace {

std::string name_of(const Wish& wish, base::SlowConsumer slow_consumer) {
  return static_cast<char>('0' + static_cast<int>(slow_consumer)) + wish.name();
}

/// Appends the part of `range` that is later than `after`.
void append_after(const log::Batch& batch, log::EventRange range, base::Sequence after,
                  std::vector<log::EventRange>& out) {
  if (batch[range.first].sequence <= after && !batch.ephemeral()) {
    const auto begin = static_cast<std::uint32_t>(batch.index_after(after));
    const auto end = range.first + range.count;
    if (begin >= end) return;
    range = {begin, end - begin};
  }
  out.push_back(range);
}

void append_topic(const log::Batch& batch, const log::Batch::TopicRuns& topic,
                  const Visibility& visibility, std::vector<log::EventRange>& out) {
  auto after = visibility.after;
  if (visibility.floors != nullptr && !visibility.floors->empty()) {
    const auto floor = visibility.floors->find(std::string(topic.topic));
    if (floor != visibility.floors->end()) after = std::max(after, floor->second);
  }
  for (const auto& run : topic.runs) append_after(batch, run, after, out);
}

/// Cuts expired events out of the ranges from `begin` on.
void drop_expired(const log::Batch& batch, base::UnixMillis now, std::size_t begin,
                  std::vector<log::EventRange>& ranges) {
  std::vector<log::EventRange> kept;
  for (std::size_t r = begin; r < ranges.size(); ++r) {
    for (std::uint32_t i = ranges[r].first; i < ranges[r].first + ranges[r].count; ++i) {
      if (has_expired(batch[i], now)) continue;
      if (!kept.empty() && kept.back().first + kept.back().count == i) {
        ++kept.back().count;
      } else {
        kept.push_back({i, 1});
      }
    }
  }
  ranges.resize(begin);
  ranges.insert(ranges.end(), kept.begin(), kept.end());
}

}  // namespace

void normalize(std::vector<log::EventRange>& ranges) {
  if (ranges.size() < 2) return;
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t last = 0;
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    auto& into = ranges[last];
    const auto end = into.first + into.count;
    if (ranges[i].first <= end) {
      into.count = std::max(end, ranges[i].first + ranges[i].count) - into.first;
    } else {
      ranges[++last] = ranges[i];
    }
  }
  ranges.resize(last + 1);
}

void collect(const proto::Selectors& selectors, const log::Batch& batch,
             const Visibility& visibility, std::vector<log::EventRange>& out) {
  const auto topics = batch.by_topic();
  std::vector<log::EventRange> found;
  if (selectors.exact_only() && selectors.topics.size() < topics.size()) {
    for (const auto& name : selectors.topics) {
      const auto at =
          std::lower_bound(topics.begin(), topics.end(), name,
                           [](const auto& entry, const auto& n) { return entry.topic < n; });
      if (at != topics.end() && at->topic == name) append_topic(batch, *at, visibility, found);
    }
  } else {
    for (const auto& entry : topics) {
      if (selectors.matches(entry.topic)) append_topic(batch, entry, visibility, found);
    }
  }
  normalize(found);
  if (visibility.now != 0) drop_expired(batch, visibility.now, 0, found);
  out.insert(out.end(), found.begin(), found.end());
}

std::size_t wire_bytes(const log::Batch& batch, log::EventRange range) {
  constexpr std::size_t kFrame = 64;
  std::size_t bytes = 0;
  for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
    bytes += batch[i].data.size() + kFrame;
  }
  return bytes;
}

Evaluated collect_wanted(const Wish& wish, const log::Batch& batch, const Visibility& visibility,
                         std::vector<log::EventRange>& out) {
  if (!wish.selects_events()) {
    collect(*wish.selectors, batch, visibility, out);
    return {};
  }
  Evaluated evaluated;
  std::vector<log::EventRange> of_topics;
  collect(*wish.selectors, batch, visibility, of_topics);
  for (const auto& range : of_topics) evaluated.bytes += wire_bytes(batch, range);
  evaluated.left_out = select(wish, batch, of_topics, out);
  return evaluated;
}

bool InterestTable::has(const Wish& wish, base::SlowConsumer slow_consumer) const {
  return interests_.contains(name_of(wish, slow_consumer));
}

Interest& InterestTable::acquire(Wish wish, base::SlowConsumer slow_consumer) {
  auto [at, made] = interests_.try_emplace(name_of(wish, slow_consumer));
  if (!made) return *at->second;

  at->second = std::make_unique<Interest>();
  Interest& interest = *at->second;
  interest.key = &at->first;
  static_cast<Wish&>(interest) = std::move(wish);
  if (interest.costs_work()) ++costing_work_;
  interest.slow_consumer = slow_consumer;
  interest.system = interest.selectors->name_system_topics();
  interest.links.reserve(interest.selectors->topics.size());
  for (const auto& name : interest.selectors->topics) {
    auto [topic, made_topic] = topics_.try_emplace(name);
    if (made_topic) {
      topic->second = std::make_unique<TopicEntry>();
      topic->second->name = &topic->first;
    }
    auto& wanted = topic->second->interests;
    interest.links.push_back({topic->second.get(), static_cast<std::uint32_t>(wanted.size())});
    wanted.push_back({&interest, static_cast<std::uint32_t>(interest.links.size() - 1)});
  }
  if (!interest.selectors->patterns.empty()) {
    interest.pattern_index = static_cast<std::uint32_t>(with_patterns_.size());
    with_patterns_.push_back(&interest);
  }
  return interest;
}

void InterestTable::release(Interest& interest) {
  WEIR_CHECK(interest.members.empty(), "an interest is released after its last member");
  if (interest.costs_work()) --costing_work_;
  for (const auto& link : interest.links) {
    auto& wanted = link.entry->interests;
    wanted[link.index] = wanted.back();
    wanted[link.index].interest->links[wanted[link.index].link].index = link.index;
    wanted.pop_back();
    if (wanted.empty()) topics_.erase(topics_.find(*link.entry->name));
  }
  if (!interest.selectors->patterns.empty()) {
    with_patterns_[interest.pattern_index] = with_patterns_.back();
    with_patterns_[interest.pattern_index]->pattern_index = interest.pattern_index;
    with_patterns_.pop_back();
  }
  interests_.erase(interests_.find(*interest.key));
}

const TopicEntry* InterestTable::find(std::string_view topic) const {
  const auto at = topics_.find(topic);
  return at == topics_.end() ? nullptr : at->second.get();
}

}  // namespace weir::hub
