#include <zlib.h>

#include "base/check.hpp"
#include "log/batch_codec.hpp"
#include "log/row_format.hpp"

namespace weir::log {
namespace {

void put_varint(std::string& out, std::uint64_t value) {
  char bytes[10];
  std::size_t size = 0;
  while (value >= 0x80) {
    bytes[size++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes[size++] = static_cast<char>(value);
  out.append(bytes, size);
}

void put_signed(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  put_varint(out, (bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

void put_string(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

}  // namespace

std::uint32_t row_crc(std::string_view data) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(data.data()), data.size()));
}

RowEncoder::RowEncoder(base::Sequence first, base::Sequence last, NamespaceId namespace_id,
                       base::UnixMillis committed_at)
    : info_{first, last, namespace_id, 0, 0, committed_at}, previous_(first) {}

std::uint32_t RowEncoder::topic_index(std::string_view topic) {
  if (!topics_.empty() && topics_.back() == topic) {
    return static_cast<std::uint32_t>(topics_.size() - 1);
  }
  const auto [at, is_new] =
      topic_indices_.try_emplace(topic, static_cast<std::uint32_t>(topics_.size()));
  if (is_new) topics_.push_back(topic);
  return at->second;
}

void RowEncoder::add(const proto::EventView& event) {
  WEIR_CHECK(event.sequence >= previous_ && event.sequence <= info_.last,
             "a row's events are in order and within its range");
  put_varint(events_, event.sequence - previous_);
  previous_ = event.sequence;

  const bool several = event.topics.size() != 1;
  events_.push_back(static_cast<char>(event.flags));
  events_.push_back(
      static_cast<char>((event.type.empty() ? 0 : kHasType) | (event.id.empty() ? 0 : kHasId) |
                        (event.key.empty() ? 0 : kHasKey) | (event.expires == 0 ? 0 : kHasExpiry) |
                        (event.retry_ms ? kHasRetry : 0) | (several ? kHasSeveralTopics : 0) |
                        (event.trace.empty() ? 0 : kHasTrace)));
  if (several) put_varint(events_, event.topics.size());
  for (const auto topic : event.topics) put_varint(events_, topic_index(topic));
  put_signed(events_, event.time - info_.committed_at);
  if (!event.type.empty()) put_string(events_, event.type);
  if (!event.id.empty()) put_string(events_, event.id);
  if (!event.key.empty()) put_string(events_, event.key);
  if (event.expires != 0) put_signed(events_, event.expires - info_.committed_at);
  if (event.retry_ms) put_varint(events_, *event.retry_ms);
  if (!event.trace.empty()) {
    put_string(events_, event.trace);
    has_traces_ = true;
  }
  put_string(events_, event.data);
  ++info_.events;
}

EncodedRow RowEncoder::finish() {
  EncodedRow row;
  row.data.reserve(events_.size() + 32 * topics_.size() + 16);
  row.data.push_back(static_cast<char>(has_traces_ ? kRowVersionWithTraces : kRowVersion));
  put_varint(row.data, info_.events);
  put_varint(row.data, topics_.size());
  for (const auto topic : topics_) put_string(row.data, topic);
  row.data.append(events_);
  row.crc = row_crc(row.data);
  row.info = info_;
  row.info.bytes = row.data.size();
  return row;
}

}  // namespace weir::log
