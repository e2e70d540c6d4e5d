#include "log/topic_index_query.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace weir::log {
namespace {

/// Positions whose bits are held at once: 4 MiB.
constexpr std::uint64_t kWindowMax = std::uint64_t{1} << 25;
/// A search from the newest backwards begins small: mostly few events are asked for.
constexpr std::uint64_t kWindowFirst = 1024;
constexpr std::uint64_t kWindowGrowth = 16;

/// The first name that is greater than all that begin with the prefix; empty if there is none.
std::string after_prefix(std::string_view prefix) {
  std::string next(prefix);
  while (!next.empty() && static_cast<unsigned char>(next.back()) == 0xff) next.pop_back();
  if (!next.empty()) next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
  return next;
}

}  // namespace

std::vector<NameRange> name_ranges(const proto::Selectors& selectors) {
  std::vector<NameRange> ranges;
  for (const auto& name : selectors.topics) ranges.push_back({name, name + '\0'});
  for (const auto& pattern : selectors.patterns) {
    const auto prefix = pattern.literal_prefix();
    ranges.push_back({std::string(prefix), after_prefix(prefix)});
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.from < b.from; });
  std::vector<NameRange> apart;
  for (auto& range : ranges) {
    if (apart.empty() || (!apart.back().to.empty() && apart.back().to < range.from)) {
      apart.push_back(std::move(range));
    } else if (range.to.empty() || (!apart.back().to.empty() && apart.back().to < range.to)) {
      apart.back().to = std::move(range.to);
    }
  }
  return apart;
}

/// A bit for each position in (after, up_to], so that an event under several topics is met once.
class TopicQuery::Window {
 public:
  Window(base::Sequence after, base::Sequence up_to)
      : after_(after), up_to_(up_to), bits_((up_to - after + 63) / 64) {}

  base::Sequence after() const { return after_; }
  base::Sequence up_to() const { return up_to_; }

  void mark(const PostingRun& run, base::Sequence floor = {}) {
    const auto after = std::max(after_, floor);
    if (!run.overlaps(after, up_to_)) return;
    PostingReader reader(run);
    for (Posting posting; reader.next(posting) && posting.sequence <= up_to_;) {
      if (posting.sequence <= after) continue;
      const std::uint64_t bit = posting.sequence - after_ - 1;
      bits_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }

  std::uint64_t count() const {
    std::uint64_t count = 0;
    for (const auto word : bits_) count += static_cast<std::uint64_t>(std::popcount(word));
    return count;
  }

  /// The n-th marked from the newest; there are that many.
  base::Sequence nth_newest(std::uint64_t n) const {
    std::size_t index = bits_.size() - 1;
    for (;; --index) {
      const auto marked = static_cast<std::uint64_t>(std::popcount(bits_[index]));
      if (marked >= n) break;
      n -= marked;
    }
    auto word = bits_[index];
    for (; n > 1; --n) word &= ~std::bit_floor(word);
    return after_ + (index * 64 + static_cast<std::uint64_t>(std::bit_width(word)));
  }

 private:
  base::Sequence after_;
  base::Sequence up_to_;
  std::vector<std::uint64_t> bits_;
};

TopicQuery::TopicQuery(std::vector<TopicMemory::Part> parts, TopicIndexReader* reader,
                       bool has_shared_events, const TopicFloors* floors)
    : parts_(std::move(parts)),
      reader_(reader),
      has_shared_events_(has_shared_events),
      floors_(floors) {
  if (floors_ == nullptr || floors_->empty()) return;
  for (auto& part : parts_) part.run.trim(floor_of(part.name));
  std::erase_if(parts_, [](const auto& part) { return part.run.empty(); });
}

base::Sequence TopicQuery::floor_of(std::string_view topic) const {
  if (floors_ == nullptr || floors_->empty()) return {};
  const auto at = floors_->find(std::string(topic));
  return at == floors_->end() ? base::Sequence() : at->second;
}

base::Result<> TopicQuery::find(const proto::Selectors& selectors) {
  if (reader_ == nullptr) return {};
  const auto keep = [&](std::string_view name, const TopicIndexReader::Topic& topic) {
    const auto floor = floor_of(name);
    if (topic.summary.last <= floor) return;
    if (topics_.empty()) first_topic_ = name;
    topics_.push_back({topic, floor});
  };
  if (selectors.exact_only()) {
    for (const auto& name : selectors.topics) {
      auto topic = reader_->find(name);
      if (!topic) return topic.error();
      if (*topic) keep(name, **topic);
    }
    return {};
  }
  for (const auto& range : name_ranges(selectors)) {
    auto read = reader_->each_topic(range.from, range.to, [&](auto name, const auto& topic) {
      if (selectors.matches(name)) keep(name, topic);
      return true;
    });
    if (!read) return read;
  }
  return {};
}

bool TopicQuery::is_one_topic() const {
  if (topics_.size() > 1) return false;
  const auto& name = topics_.empty() && !parts_.empty() ? parts_.front().name : first_topic_;
  return std::all_of(parts_.begin(), parts_.end(),
                     [&](const auto& part) { return part.name == name; });
}

bool TopicQuery::is_in_order() const {
  if (topics_.empty() && parts_.size() == 1) return true;
  return std::all_of(parts_.begin(), parts_.end(), [](const auto& part) { return part.stored; });
}

PostingSummary TopicQuery::span() const {
  PostingSummary span;
  const auto widen = [&](const PostingSummary& summary) {
    if (summary.empty()) return;
    span.first = span.empty() ? summary.first : std::min(span.first, summary.first);
    span.last = std::max(span.last, summary.last);
    span.events += summary.events;
  };
  for (const auto& part : parts_) widen(part.run);
  for (const auto& stored : topics_) widen(stored.topic.summary);
  return span;
}

base::Result<> TopicQuery::mark(Window& window) const {
  for (const auto& part : parts_) window.mark(part.run);
  for (const auto& [topic, floor] : topics_) {
    const auto after = std::max(window.after(), floor);
    if (!topic.summary.overlaps(after, window.up_to())) continue;
    auto read = reader_->each_chunk(topic.id, after, window.up_to(), [&](const PostingRun& chunk) {
      window.mark(chunk, floor);
      return true;
    });
    if (!read) return read;
  }
  return {};
}

/// Adds up the topics; right where no event stands under two of them.
base::Result<std::uint64_t> TopicQuery::sum(base::Sequence after, base::Sequence up_to) const {
  std::uint64_t sum = 0;
  for (const auto& part : parts_) sum += count_between(part.run, after, up_to);
  for (const auto& [topic, floor] : topics_) {
    const auto begin = std::max(after, floor);
    if (topic.summary.within(begin, up_to)) {
      sum += topic.summary.events;
    } else if (topic.summary.overlaps(begin, up_to)) {
      auto count = reader_->count(topic.id, begin, up_to);
      if (!count) return count;
      sum += *count;
    }
  }
  return sum;
}

base::Result<std::uint64_t> TopicQuery::count(base::Sequence after, base::Sequence up_to) const {
  if (!has_shared_events_ || is_one_topic()) return sum(after, up_to);
  const auto all = span();
  if (!all.overlaps(after, up_to)) return 0;
  const base::Sequence end = std::min(up_to, all.last);
  base::Sequence begin = std::max(after, base::Sequence{all.first.value - 1});
  std::uint64_t count = 0;
  while (begin < end) {
    Window window(begin, std::min(end, begin + kWindowMax));
    if (auto marked = mark(window); !marked) return marked.error();
    count += window.count();
    begin = window.up_to();
  }
  return count;
}

base::Result<base::Sequence> TopicQuery::nth_newest_of_one(std::uint64_t n) const {
  base::Sequence oldest;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    if (part->run.events >= n) return nth_newest_of(part->run, n);
    n -= part->run.events;
    oldest = part->run.first;
  }
  if (topics_.empty()) return oldest;
  return nth_newest_of_stored(n);
}

base::Result<base::Sequence> TopicQuery::nth_newest_of_stored(std::uint64_t n) const {
  const auto& [topic, floor] = topics_.front();
  auto found = reader_->nth_newest(topic.id, n);
  if (!found || *found > floor) return found;
  // There are fewer: the oldest beyond the floor.
  auto read = reader_->each_chunk(topic.id, floor, topic.summary.last, [&](const auto& chunk) {
    PostingReader postings(chunk);
    for (Posting posting; postings.next(posting) && *found <= floor;) found = posting.sequence;
    return *found <= floor;
  });
  if (!read) return read.error();
  return found;
}

base::Result<base::Sequence> TopicQuery::nth_newest(std::uint64_t n) const {
  if (is_one_topic() && is_in_order()) return nth_newest_of_one(n);
  const auto all = span();
  if (all.empty()) return base::Sequence{};
  const std::uint64_t before_first = all.first.value - 1;
  std::uint64_t size = kWindowFirst;
  base::Sequence oldest;
  for (base::Sequence end = all.last;;) {
    const bool last = end.value - before_first <= size;
    Window window({last ? before_first : end.value - size}, end);
    if (auto marked = mark(window); !marked) return marked.error();
    const auto count = window.count();
    if (count >= n) return window.nth_newest(n);
    if (count > 0) oldest = window.nth_newest(count);
    if (last) return oldest;
    n -= count;
    end = window.after();
    size = std::min(size * kWindowGrowth, kWindowMax);
  }
}

}  // namespace weir::log
