#include "load/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace weir::bench {

ChunkDecoder::Result ChunkDecoder::decode(char* data, size_t size) {
  const char* in = data;
  const char* end = data + size;
  char* out = data;
  while (in < end) {
    if (state_ == State::kData) {
      size_t take_now = std::min<uint64_t>(left_, static_cast<uint64_t>(end - in));
      if (out != in) std::memmove(out, in, take_now);
      in += take_now;
      out += take_now;
      left_ -= take_now;
      if (left_ == 0) state_ = State::kDataEnd;
      continue;
    }
    if (failed() || finished()) break;
    take(*in++);
  }
  return {static_cast<size_t>(out - data), static_cast<size_t>(in - data)};
}

void ChunkDecoder::take(char c) {
  switch (state_) {
    case State::kSize:
      if (c >= '0' && c <= '9') {
        left_ = left_ * 16 + static_cast<uint64_t>(c - '0');
      } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        left_ = left_ * 16 + static_cast<uint64_t>((c | 0x20) - 'a' + 10);
      } else if (c == '\r') {
        state_ = State::kSizeEnd;
      } else {
        state_ = c == ';' ? State::kExtension : State::kFailed;
      }
      break;
    case State::kExtension:
      if (c == '\r') state_ = State::kSizeEnd;
      break;
    case State::kSizeEnd:
      if (c != '\n') {
        state_ = State::kFailed;
      } else {
        state_ = left_ > 0 ? State::kData : State::kTrailer;
      }
      break;
    case State::kDataEnd:
      if (c == '\n') {
        state_ = State::kSize;
      } else if (c != '\r') {
        state_ = State::kFailed;
      }
      break;
    case State::kTrailer:  // at the start of a line
      if (c == '\n') {
        state_ = State::kFinished;
      } else if (c != '\r') {
        state_ = State::kTrailerLine;
      }
      break;
    case State::kTrailerLine:
      if (c == '\n') state_ = State::kTrailer;
      break;
    case State::kData:
    case State::kFinished:
    case State::kFailed:
      break;
  }
}

}  // namespace weir::bench
