#include "log/batch_builder.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace weir::log {
namespace {

/// The event as the encoder takes it. `topics` is scratch that the view points into.
proto::EventView view_of(const proto::Event& event, base::Sequence sequence, base::UnixMillis now,
                         std::vector<std::string_view>& topics) {
  topics.assign(event.topics.begin(), event.topics.end());
  proto::EventView view;
  view.sequence = sequence;
  view.topics = topics;
  view.type = event.type;
  view.data = event.data;
  view.id = event.id;
  view.key = event.key;
  view.flags = event.flags;
  view.time = event.time == 0 ? now : event.time;
  view.expires = event.ttl_ms == 0 ? 0 : now + event.ttl_ms;
  view.retry_ms = event.retry_ms;
  view.trace = event.trace;
  return view;
}

}  // namespace

BatchPtr BatchBuilder::ephemeral(base::Epoch epoch, std::span<const proto::Event> events,
                                 base::UnixMillis now) {
  RowEncoder encoder({}, {}, kDefaultNamespace, now);
  std::vector<std::string_view> topics;
  for (const auto& event : events) encoder.add(view_of(event, {}, now, topics));
  std::vector<EncodedRow> rows;
  rows.push_back(encoder.finish());
  auto batch = BatchDecoder::decode(epoch, std::move(rows));
  WEIR_CHECK(batch.has_value(), "what was just encoded can be decoded");
  return std::move(*batch);
}

void BatchBuilder::begin(base::Sequence head, base::UnixMillis now) {
  head_ = head;
  now_ = now;
  bytes_ = 0;
  pending_.clear();
}

base::Sequence BatchBuilder::append(proto::Event event, const NamespaceRules& rules) {
  bytes_ += event.bytes();
  pending_.push_back({std::move(event), rules.id, rules.durability});
  return last();
}

void BatchBuilder::truncate(std::size_t size) {
  for (std::size_t i = size; i < pending_.size(); ++i) bytes_ -= pending_[i].event.bytes();
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(size), pending_.end());
}

std::vector<BatchBuilder::Row> BatchBuilder::encode() const {
  struct Part {
    NamespaceId id;
    base::Durability durability;
    RowEncoder encoder;
  };
  std::vector<Part> parts;
  std::vector<std::string_view> topics;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const auto& pending = pending_[i];
    auto part = std::find_if(parts.begin(), parts.end(),
                             [&](const auto& p) { return p.id == pending.namespace_id; });
    if (part == parts.end()) {
      parts.push_back({pending.namespace_id, pending.durability,
                       RowEncoder(head_.next(), last(), pending.namespace_id, now_)});
      part = std::prev(parts.end());
    }
    part->durability = std::min(part->durability, pending.durability);
    part->encoder.add(view_of(pending.event, sequence(i), now_, topics));
  }
  std::vector<Row> rows;
  rows.reserve(parts.size());
  for (auto& part : parts) rows.push_back({part.encoder.finish(), part.durability});
  return rows;
}

std::vector<bool> BatchBuilder::unstored(const std::vector<Row>& rows) const {
  std::vector<bool> unstored;
  unstored.reserve(pending_.size());
  for (const auto& pending : pending_) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) {
      return r.row.info.namespace_id == pending.namespace_id;
    });
    unstored.push_back(row->durability == base::Durability::kMemory);
  }
  return unstored;
}

}  // namespace weir::log
