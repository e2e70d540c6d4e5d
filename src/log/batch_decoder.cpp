#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "log/batch_codec.hpp"
#include "log/row_format.hpp"
#include "proto/trace_context.hpp"

namespace weir::log {
namespace {

constexpr std::size_t kEventBytesMin =
    6;  // Position, flags, fields, topic, time and the length of the data.
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

base::Error corrupt(base::Sequence first, std::string_view what) {
  return base::make_error(base::ErrorCode::kCorrupt,
                          fmt::format("the batch at position {} {}", first.value, what));
}

/// Takes values off the front; after the first that is not there everything is zero and `ok` is
/// false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view data) : rest_(data) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return rest_.size(); }

  std::uint8_t byte() {
    if (rest_.empty()) return fail();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t bits = byte();
      if (!ok_ || (shift == 63 && bits > 1)) return fail();
      value |= (bits & 0x7f) << shift;
      if (bits < 0x80) return value;
    }
    return fail();
  }

  std::uint64_t zigzag() {
    const std::uint64_t bits = varint();
    return (bits >> 1) ^ (~(bits & 1) + 1);
  }

  std::string_view string() {
    const std::uint64_t size = varint();
    if (!ok_ || size > rest_.size()) {
      fail();
      return {};
    }
    const auto text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }

 private:
  std::uint8_t fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

/// Adds in two's complement: damaged times may be any.
base::UnixMillis shifted(base::UnixMillis time, std::uint64_t by) {
  return static_cast<base::UnixMillis>(static_cast<std::uint64_t>(time) + by);
}

}  // namespace

/// A row whose data has found its final place.
struct BatchDecoder::PlacedRow {
  RowInfo info;
  std::uint32_t crc;
  std::string_view data;
};

struct BatchDecoder::Parsed {
  struct Item {
    proto::EventView event;
    std::uint32_t topics_begin = 0;
    std::uint32_t topics_count = 0;
  };

  std::vector<std::string_view> dictionary;  // Distinct names.
  std::vector<base::Sequence> floors;        // By index into the dictionary.
  std::vector<std::uint32_t> references;     // Into the dictionary.
  std::vector<Item> items;
  bool filtered = false;
  bool traced = false;

  base::Result<> add_row(const PlacedRow& row, const TopicFloors* topic_floors);

 private:
  base::Result<> add_dictionary(ByteReader& in, const PlacedRow& row,
                                const TopicFloors* topic_floors,
                                std::vector<std::uint32_t>& indices);
  bool read_event(ByteReader& in, const RowInfo& info, base::Sequence& position,
                  std::span<const std::uint32_t> indices);
  bool read_topics(ByteReader& in, bool several, base::Sequence position,
                   std::span<const std::uint32_t> indices, Item& item);
};

base::Result<> BatchDecoder::Parsed::add_dictionary(ByteReader& in, const PlacedRow& row,
                                                    const TopicFloors* topic_floors,
                                                    std::vector<std::uint32_t>& indices) {
  const std::uint64_t topics = in.varint();
  if (!in.ok() || topics > in.left()) return corrupt(row.info.first, "has a bad table of topics");
  // Topics of the rows before this one are looked up; within a row they are distinct.
  std::unordered_map<std::string_view, std::uint32_t> known;
  for (std::uint32_t i = 0; i < dictionary.size(); ++i) known.emplace(dictionary[i], i);
  indices.reserve(topics);
  for (std::uint64_t i = 0; i < topics; ++i) {
    const auto name = in.string();
    if (!in.ok()) return corrupt(row.info.first, "has a bad table of topics");
    if (const auto at = known.find(name); at != known.end()) {
      indices.push_back(at->second);
      continue;
    }
    indices.push_back(static_cast<std::uint32_t>(dictionary.size()));
    dictionary.push_back(name);
    base::Sequence floor;
    if (topic_floors != nullptr && !topic_floors->empty()) {
      const auto at = topic_floors->find(std::string(name));
      if (at != topic_floors->end()) floor = at->second;
    }
    floors.push_back(floor);
  }
  return {};
}

bool BatchDecoder::Parsed::read_topics(ByteReader& in, bool several, base::Sequence position,
                                       std::span<const std::uint32_t> indices, Item& item) {
  const std::uint64_t count = several ? in.varint() : 1;
  if (!in.ok() || count == 0 || count > in.left()) return false;
  item.topics_begin = static_cast<std::uint32_t>(references.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t index = in.varint();
    if (!in.ok() || index >= indices.size()) return false;
    const auto topic = indices[index];
    if (position.value != 0 && position <= floors[topic]) {
      filtered = true;
      continue;
    }
    references.push_back(topic);
  }
  item.topics_count = static_cast<std::uint32_t>(references.size()) - item.topics_begin;
  return true;
}

bool BatchDecoder::Parsed::read_event(ByteReader& in, const RowInfo& info, base::Sequence& position,
                                      std::span<const std::uint32_t> indices) {
  Item item;
  auto& event = item.event;
  const std::uint64_t step = in.varint();
  if (!in.ok() || step > info.last - position) return false;
  position = position + step;
  event.sequence = position;
  event.flags = in.byte();
  const std::uint8_t fields = in.byte();
  if (!in.ok() || (fields & ~kAllRowFields) != 0) return false;
  if (!read_topics(in, (fields & kHasSeveralTopics) != 0, position, indices, item)) return false;
  event.time = shifted(info.committed_at, in.zigzag());
  if (fields & kHasType) event.type = in.string();
  if (fields & kHasId) event.id = in.string();
  if (fields & kHasKey) event.key = in.string();
  if (fields & kHasExpiry) event.expires = shifted(info.committed_at, in.zigzag());
  if (fields & kHasRetry) {
    const std::uint64_t retry = in.varint();
    if (retry > std::numeric_limits<std::uint32_t>::max()) return false;
    event.retry_ms = static_cast<std::uint32_t>(retry);
  }
  if (fields & kHasTrace) {
    event.trace = in.string();
    if (!proto::unpack_trace(event.trace)) return false;
    traced = true;
  }
  event.data = in.string();
  if (!in.ok()) return false;
  if (item.topics_count > 0) items.push_back(item);
  return true;
}

base::Result<> BatchDecoder::Parsed::add_row(const PlacedRow& row,
                                             const TopicFloors* topic_floors) {
  const auto& info = row.info;
  if (row.crc != row_crc(row.data)) return corrupt(info.first, "fails its checksum");
  ByteReader in(row.data);
  const std::uint8_t version = in.byte();
  if (version != kRowVersion && version != kRowVersionWithTraces) {
    return corrupt(info.first, "has an unknown version");
  }
  const std::uint64_t events = in.varint();
  if (!in.ok() || events != info.events || events > in.left() / kEventBytesMin ||
      info.last < info.first) {
    return corrupt(info.first, "does not hold what its row says");
  }
  std::vector<std::uint32_t> indices;
  if (auto read = add_dictionary(in, row, topic_floors, indices); !read) return read;
  items.reserve(items.size() + events);
  references.reserve(references.size() + events);
  auto position = info.first;
  for (std::uint64_t i = 0; i < events; ++i) {
    const auto previous = position;
    if (!read_event(in, info, position, indices)) return corrupt(info.first, "is malformed");
    if (i > 0 && position == previous && info.first.value != 0) {
      return corrupt(info.first, "repeats a position");
    }
  }
  if (in.left() != 0) return corrupt(info.first, "is longer than its events");
  return {};
}

base::Result<BatchDecoder::Parsed> BatchDecoder::parse(std::span<const PlacedRow> rows,
                                                       const TopicFloors* floors) {
  Parsed parsed;
  for (const auto& row : rows) {
    if (row.info.first != rows.front().info.first || row.info.last != rows.front().info.last) {
      return corrupt(row.info.first, "has rows of different commits");
    }
    if (auto added = parsed.add_row(row, floors); !added) return added.error();
  }
  if (rows.size() > 1) {
    std::sort(parsed.items.begin(), parsed.items.end(),
              [](const auto& a, const auto& b) { return a.event.sequence < b.event.sequence; });
  }
  return parsed;
}

/// Fills runs_ and by_topic_: counts each topic's runs, lays them out, then writes them.
base::Result<> BatchDecoder::index_topics(Batch& batch, const Parsed& parsed) {
  struct Topic {
    std::uint32_t runs = 0;
    std::uint32_t begin = 0;
    std::uint32_t seen = kNone;  // The last event that stands under it.
  };
  std::vector<Topic> topics(parsed.dictionary.size());
  const auto each_run = [&](auto&& begins, auto&& goes_on) {
    for (std::uint32_t i = 0; i < parsed.items.size(); ++i) {
      const auto& item = parsed.items[i];
      for (std::uint32_t r = 0; r < item.topics_count; ++r) {
        auto& topic = topics[parsed.references[item.topics_begin + r]];
        if (topic.seen == i) continue;
        (topic.seen != kNone && topic.seen + 1 == i) ? goes_on(topic) : begins(topic, i);
        topic.seen = i;
      }
    }
  };
  each_run([](Topic& topic, std::uint32_t) { ++topic.runs; }, [](Topic&) {});

  std::vector<std::uint32_t> order(parsed.dictionary.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return parsed.dictionary[a] < parsed.dictionary[b]; });
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && parsed.dictionary[order[i]] == parsed.dictionary[order[i - 1]]) {
      return corrupt(batch.first_, "names a topic twice");
    }
    auto& topic = topics[order[i]];
    topic.begin = total;
    total += std::exchange(topic.runs, 0);
    topic.seen = kNone;
  }
  batch.runs_.resize(total);
  each_run([&](Topic& topic, std::uint32_t i) { batch.runs_[topic.begin + topic.runs++] = {i, 1}; },
           [&](Topic& topic) { ++batch.runs_[topic.begin + topic.runs - 1].count; });

  batch.by_topic_.reserve(order.size());
  for (const auto index : order) {
    const auto& topic = topics[index];
    if (topic.runs == 0) continue;
    batch.by_topic_.push_back({parsed.dictionary[index],
                               std::span(batch.runs_).subspan(topic.begin, topic.runs),
                               batch.events_[topic.seen].has(proto::kTerminal)});
  }
  return {};
}

base::Result<BatchPtr> BatchDecoder::decode(base::Epoch epoch, std::vector<EncodedRow> rows,
                                            const TopicFloors* floors) {
  if (rows.empty()) return corrupt({}, "has no rows");
  auto batch = std::make_shared<Batch>();
  std::vector<PlacedRow> placed;
  batch->storage_.reserve(rows.size());
  for (auto& row : rows) {
    const std::string& data = batch->storage_.emplace_back(std::move(row.data));
    placed.push_back({row.info, row.crc, data});
  }
  auto parsed = parse(placed, floors);
  if (!parsed) return parsed.error();

  batch->epoch_ = epoch;
  batch->first_ = rows.front().info.first;
  batch->last_ = rows.front().info.last;
  batch->committed_at_ = rows.front().info.committed_at;
  batch->traced_ = parsed->traced;
  batch->topics_.reserve(parsed->references.size());
  batch->events_.reserve(parsed->items.size());
  for (auto& item : parsed->items) {
    const auto begin = batch->topics_.size();
    for (std::uint32_t r = 0; r < item.topics_count; ++r) {
      batch->topics_.push_back(parsed->dictionary[parsed->references[item.topics_begin + r]]);
    }
    item.event.topics = std::span(batch->topics_).subspan(begin, item.topics_count);
    batch->events_.push_back(item.event);
  }
  if (auto indexed = index_topics(*batch, *parsed); !indexed) return indexed.error();
  return BatchPtr(std::move(batch));
}

}  // namespace weir::log
