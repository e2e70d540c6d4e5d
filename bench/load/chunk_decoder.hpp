#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::bench {

// Takes the chunked transfer coding off a response body, in place, in whatever pieces it arrives.
class ChunkDecoder {
 public:
  struct Result {
    size_t body;  // bytes of body, now at the front
    size_t used;  // bytes taken; fewer than given only when the body has ended or is malformed
  };

  // Moves the body bytes of [data, data+size) together at `data`.
  Result decode(char* data, size_t size);

  bool failed() const { return state_ == State::kFailed; }
  bool finished() const { return state_ == State::kFinished; }

 private:
  enum class State : uint8_t {
    kSize,
    kExtension,
    kSizeEnd,
    kData,
    kDataEnd,
    kTrailer,
    kTrailerLine,
    kFinished,
    kFailed
  };
  void take(char c);

  uint64_t left_ = 0;
  State state_ = State::kSize;
};

}  // namespace weir::bench
