#pragma once

// How events lie in the store. A commit becomes one row per namespace: what goes at once when the
// namespace's retention is reached. The rows of a commit share its range of positions and are read
// back as one Batch.
//
// A row's data, version 1, or 2 where an event has a trace (integers are LEB128, strings are length
// and bytes):
//
//   version (1 byte), events, topics, topics × string,
//   events × { sequence − previous sequence (the first: − the row's first), flags (1 byte), fields
//   (1 byte),
//              topic index | count and indices, time − commit time (zigzag),
//              [type] [id] [key] [expiry − commit time] [retry] [trace], data }
//
// The live batch is decoded from the very bytes that are stored, so what subscribers get now and
// what a replay gives them later cannot differ.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "log/batch.hpp"
#include "log/log.hpp"
#include "proto/event.hpp"

namespace weir::log {

/// Namespaces are numbered in the store; 0 is the default one.
using NamespaceId = std::uint32_t;

/// What is known of a row without decoding it.
struct RowInfo {
  base::Sequence first;  ///< Of the commit; the row need not hold every position of it.
  base::Sequence last;
  NamespaceId namespace_id = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;  ///< Of the data.
  base::UnixMillis committed_at = 0;
};

struct EncodedRow {
  RowInfo info;
  std::uint32_t crc = 0;  ///< CRC-32 (zlib's) of the data.
  std::string data;
};

std::uint32_t row_crc(std::string_view data);

/// Writes one row. One thread; the events' strings must live until `finish`.
class RowEncoder {
 public:
  /// `first` 0 makes a row of ephemeral events, which all have the position 0.
  RowEncoder(base::Sequence first, base::Sequence last, NamespaceId namespace_id,
             base::UnixMillis committed_at);

  /// In ascending order of positions, within [first, last].
  void add(const proto::EventView& event);
  std::uint64_t events() const { return info_.events; }
  EncodedRow finish();

 private:
  std::uint32_t topic_index(std::string_view topic);

  RowInfo info_;
  base::Sequence previous_;
  std::vector<std::string_view> topics_;
  std::unordered_map<std::string_view, std::uint32_t> topic_indices_;
  std::string events_;
  bool has_traces_ = false;
};

/// Makes the batch of a commit's rows. Safe on any bytes. Any thread.
class BatchDecoder {
 public:
  /// Events that `floors` hide are left out of the topics they are trimmed from, and altogether
  /// when none is left; null hides nothing. kCorrupt when the data is not what was written or the
  /// rows do not belong together.
  static base::Result<BatchPtr> decode(base::Epoch epoch, std::vector<EncodedRow> rows,
                                       const TopicFloors* floors = nullptr);

 private:
  struct PlacedRow;
  struct Parsed;
  static base::Result<Parsed> parse(std::span<const PlacedRow> rows, const TopicFloors* floors);
  static base::Result<> index_topics(Batch& batch, const Parsed& parsed);
};

}  // namespace weir::log
