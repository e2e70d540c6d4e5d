// The batch decoder: any bytes are read safely, and what is accepted comes out the same when it is
// encoded again. The checksum is made right, or it would hide everything behind it.

#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "log/batch_codec.hpp"

namespace {

using namespace weir;

base::Result<log::BatchPtr> decode(log::EncodedRow row) {
  std::vector<log::EncodedRow> rows;
  rows.push_back(std::move(row));
  return log::BatchDecoder::decode(base::Epoch{1}, std::move(rows));
}

bool same(const proto::EventView& a, const proto::EventView& b) {
  return a.sequence == b.sequence && a.type == b.type && a.data == b.data && a.id == b.id &&
         a.key == b.key && a.flags == b.flags && a.time == b.time && a.expires == b.expires &&
         a.retry_ms == b.retry_ms && a.trace == b.trace &&
         std::equal(a.topics.begin(), a.topics.end(), b.topics.begin(), b.topics.end());
}

void check_topics(const log::Batch& batch) {
  std::string_view previous;
  for (const auto& entry : batch.by_topic()) {
    WEIR_CHECK(&entry == batch.by_topic().data() || entry.topic > previous, "topics are sorted");
    previous = entry.topic;
    std::size_t end = 0;
    for (const auto run : entry.runs) {
      WEIR_CHECK(run.first >= end && run.count > 0, "runs are in order");
      end = run.first + run.count;
    }
    WEIR_CHECK(end <= batch.size(), "runs are within the batch");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::as_text(data, size);
  log::EncodedRow row;
  row.data = std::string(bytes);
  row.crc = log::row_crc(row.data);
  // The second byte is the number of events, which the row must repeat.
  row.info = {{1}, {100'000}, 0, size > 1 ? data[1] : 0u, size, 1'700'000'000'000};
  const auto batch = decode(row);
  if (!batch) return 0;
  check_topics(**batch);

  log::RowEncoder encoder(row.info.first, row.info.last, 0, row.info.committed_at);
  for (std::size_t i = 0; i < (*batch)->size(); ++i) encoder.add((**batch)[i]);
  const auto again = decode(encoder.finish());
  WEIR_CHECK(again.has_value(), "what was decoded can be encoded");
  WEIR_CHECK((*again)->size() == (*batch)->size(), "no event is lost");
  for (std::size_t i = 0; i < (*batch)->size(); ++i) {
    WEIR_CHECK(same((**batch)[i], (**again)[i]), "events come back as they were");
  }
  return 0;
}
