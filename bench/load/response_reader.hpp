#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "load/chunk_decoder.hpp"

namespace weir::bench {

// Reads the responses of one keep-alive connection, pipelined or not, in whatever pieces they
// arrive.
class ResponseReader {
 public:
  struct Events {
    // Body bytes, as they come.
    std::function<void(std::string_view)> on_body;
    // A whole response has been read.
    std::function<void(int status)> on_response;
  };

  explicit ResponseReader(Events events) : events_(std::move(events)) {}

  // Takes what recv() returned (the bytes are changed); false when they are not HTTP.
  bool read(char* data, size_t size);
  // Whether the newest response says that the server closes after it.
  bool closes() const { return closes_; }

 private:
  enum class Body { kNone, kCounted, kChunked };

  // Parses a head that ends in front of the blank line; false when it is not one.
  bool start_body(std::string_view head);

  Events events_;
  std::string head_;  // an unfinished head
  Body body_ = Body::kNone;
  bool in_body_ = false;
  bool closes_ = false;
  size_t left_ = 0;
  ChunkDecoder chunks_;
  int status_ = 0;
};

// The value of a header in a response's head, matched without regard to case; empty when it is
// absent.
std::string_view find_header(std::string_view head, std::string_view name);

}  // namespace weir::bench
