#include "log/topic_index_run.hpp"

#include <algorithm>
#include <array>

namespace weir::log {
namespace {

constexpr std::size_t kVarintBytesMax = 10;
static_assert(kPostingBytesMax == 2 * kVarintBytesMax);

char* put_varint(char* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

}  // namespace

void PostingSummary::append(const PostingSummary& later) {
  if (later.empty()) return;
  if (empty()) first = later.first;
  last = later.last;
  events += later.events;
  bytes += later.bytes;
}

void PostingSummary::merge(const PostingSummary& others) {
  if (others.empty()) return;
  first = empty() ? others.first : std::min(first, others.first);
  last = std::max(last, others.last);
  events += others.events;
  bytes += others.bytes;
}

void PostingRun::add(Posting posting) {
  std::array<char, kPostingBytesMax> buffer;
  const std::uint64_t step = empty() ? 0 : posting.sequence - last;
  char* end = put_varint(put_varint(buffer.data(), step), posting.bytes);
  data.append(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  append({posting.sequence, posting.sequence, 1, posting.bytes});
}

void PostingRun::trim(base::Sequence up_to) {
  if (empty() || first > up_to) return;
  PostingRun kept;
  if (last > up_to) {
    PostingReader reader(*this);
    for (Posting posting; reader.next(posting);) {
      if (posting.sequence > up_to) kept.add(posting);
    }
  }
  *this = std::move(kept);
}

bool PostingReader::read(std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < kVarintBytesMax && i < rest_.size(); ++i) {
    const auto bits = static_cast<std::uint8_t>(rest_[i]);
    value |= static_cast<std::uint64_t>(bits & 0x7f) << (7 * i);
    if (bits < 0x80) {
      rest_.remove_prefix(i + 1);
      return true;
    }
  }
  damaged_ = true;
  return false;
}

bool PostingReader::next(Posting& posting) {
  if (rest_.empty() || damaged_) return false;
  std::uint64_t step = 0;
  if (!read(step) || !read(posting.bytes)) return false;
  sequence_ = sequence_ + step;
  posting.sequence = sequence_;
  return true;
}

std::uint64_t count_between(const PostingRun& run, base::Sequence after, base::Sequence up_to) {
  if (!run.overlaps(after, up_to)) return 0;
  if (run.within(after, up_to)) return run.events;
  std::uint64_t count = 0;
  PostingReader reader(run);
  for (Posting posting; reader.next(posting) && posting.sequence <= up_to;) {
    count += posting.sequence > after ? 1 : 0;
  }
  return count;
}

base::Sequence nth_newest_of(const PostingRun& run, std::uint64_t n) {
  PostingReader reader(run);
  Posting posting;
  for (std::uint64_t skip = run.events - n + 1; skip > 0 && reader.next(posting); --skip) {
  }
  return posting.sequence;
}

}  // namespace weir::log
