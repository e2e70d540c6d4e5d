#include "load/response_reader.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace weir::bench {
namespace {

// A head longer than this is not an answer that any server under test gives.
constexpr size_t kHeadBytesMax = 16 * 1024;

}  // namespace

std::string_view find_header(std::string_view head, std::string_view name) {
  size_t at = head.find("\r\n");
  while (at != std::string_view::npos) {
    at += 2;
    size_t end = std::min(head.find("\r\n", at), head.size());
    std::string_view line = head.substr(at, end - at);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        strncasecmp(line.data(), name.data(), name.size()) == 0) {
      line.remove_prefix(name.size() + 1);
      while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
      return line;
    }
    at = end == head.size() ? std::string_view::npos : end;
  }
  return {};
}

bool ResponseReader::read(char* data, size_t size) {
  while (size > 0 || in_body_) {
    if (!in_body_) {
      size_t carried = head_.size();
      head_.append(data, std::min(size, kHeadBytesMax));
      size_t end = head_.find("\r\n\r\n", carried > 3 ? carried - 3 : 0);
      if (end == std::string::npos) return head_.size() < kHeadBytesMax;
      size_t used = end + 4 - carried;
      data += used;
      size -= used;
      if (!start_body(std::string_view(head_).substr(0, end))) return false;
      head_.clear();
      in_body_ = true;
    }
    size_t used = 0;
    bool ended = body_ == Body::kNone;
    if (body_ == Body::kCounted) {
      used = std::min(left_, size);
      if (used > 0) events_.on_body({data, used});
      left_ -= used;
      ended = left_ == 0;
    } else if (body_ == Body::kChunked) {
      ChunkDecoder::Result result = chunks_.decode(data, size);
      if (result.body > 0) events_.on_body({data, result.body});
      if (chunks_.failed()) return false;
      used = result.used;
      ended = chunks_.finished();
    }
    data += used;
    size -= used;
    if (!ended) return true;
    in_body_ = false;
    events_.on_response(status_);
  }
  return true;
}

bool ResponseReader::start_body(std::string_view head) {
  if (!head.starts_with("HTTP/1.") || head.size() < 12) return false;
  std::from_chars(head.data() + 9, head.data() + 12, status_);
  closes_ = find_header(head, "connection") == "close";
  std::string_view length = find_header(head, "content-length");
  if (find_header(head, "transfer-encoding").starts_with("chunked")) {
    body_ = Body::kChunked;
    chunks_ = ChunkDecoder{};
  } else if (!length.empty()) {
    body_ = Body::kCounted;
    left_ = 0;
    std::from_chars(length.data(), length.data() + length.size(), left_);
  } else {
    // Of the answers a server may give on a connection that stays open only 204 and 304 have
    // neither.
    body_ = Body::kNone;
  }
  return true;
}

}  // namespace weir::bench
