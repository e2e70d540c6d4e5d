#include "proto/sse_parse.hpp"

#include <charconv>
#include <utility>

#include "proto/line_ends.hpp"
#include "proto/utf8.hpp"

namespace weir::proto {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kCommentBytesMax = 1024;

}  // namespace

SseParser::SseParser(std::function<void(const Message&)> on_message)
    : SseParser(std::move(on_message), Limits{}) {}

SseParser::SseParser(std::function<void(const Message&)> on_message, Limits limits)
    : on_message_(std::move(on_message)), limits_(limits) {}

void SseParser::set_last_event_id(std::string id) {
  last_event_id_ = std::move(id);
  pending_id_.reset();
}

void SseParser::reset() {
  at_start_ = true;
  skip_lf_ = false;
  in_comment_ = false;
  failed_ = false;
  line_.clear();
  type_.clear();
  data_.clear();
  pending_id_.reset();
}

bool SseParser::feed(std::string_view bytes) {
  if (at_start_) bytes = take_byte_order_mark(bytes);
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  LineEnds ends(bytes);
  while (at != end && !failed_) {
    const bool rest_of_crlf = skip_lf_ && *at == '\n';
    skip_lf_ = false;
    if (rest_of_crlf) {
      ++at;
      continue;
    }
    const char* const stop = ends.next(at);
    add_to_line({at, static_cast<std::size_t>(stop - at)}, stop != end);
    if (stop == end) break;
    skip_lf_ = *stop == '\r';
    at = stop + 1;
  }
  return !failed_;
}

/// One mark is dropped, even when it arrives byte by byte; what only began like one is a line's
/// beginning. Returns the bytes that follow it.
std::string_view SseParser::take_byte_order_mark(std::string_view bytes) {
  while (!bytes.empty() && line_.size() < kByteOrderMark.size() &&
         bytes.front() == kByteOrderMark[line_.size()]) {
    line_.push_back(bytes.front());
    bytes.remove_prefix(1);
  }
  if (line_ == kByteOrderMark) {
    line_.clear();
    at_start_ = false;
  } else if (!bytes.empty()) {
    at_start_ = false;
  }
  return bytes;
}

/// Takes the next piece of a line. A line that lies in one piece is used where it lies; a comment,
/// known by its first byte, is never collected beyond what is shown of it.
void SseParser::add_to_line(std::string_view piece, bool complete) {
  if (line_.empty() && !in_comment_ && !piece.empty() && piece.front() == ':') {
    in_comment_ = true;
    piece.remove_prefix(1);
  }
  if (in_comment_) {
    line_.append(piece.substr(0, kCommentBytesMax - line_.size()));
    if (!complete) return;
    in_comment_ = false;
    if (on_comment_) on_comment_(line_);
    line_.clear();
    return;
  }
  if (piece.size() > limits_.line_bytes_max - line_.size()) {
    failed_ = true;
    return;
  }
  if (!complete) {
    line_.append(piece);
  } else if (line_.empty()) {
    finish_line(piece);
  } else {
    line_.append(piece);
    finish_line(line_);
    line_.clear();
  }
}

void SseParser::finish_line(std::string_view line) {
  if (line.empty()) {
    dispatch();
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
  }
  take_field(name, value);
}

void SseParser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    append_utf8_lossy(data_, value);
    data_.push_back('\n');
    failed_ = data_.size() - 1 > limits_.data_bytes_max;
  } else if (name == "event") {
    type_.clear();
    append_utf8_lossy(type_, value);
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;
    append_utf8_lossy(pending_id_.emplace(), value);
  } else if (name == "retry") {
    take_retry(value);
  }
}

/// Digits only; a number beyond 64 bits is ignored like any other value that is none.
void SseParser::take_retry(std::string_view value) {
  if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) return;
  std::uint64_t milliseconds = 0;
  const auto [stop, error] =
      std::from_chars(value.data(), value.data() + value.size(), milliseconds);
  if (error != std::errc()) return;
  retry_ = milliseconds;
  if (on_retry_) on_retry_(milliseconds);
}

/// The blank line: the id takes effect even when there is no data and therefore no event.
void SseParser::dispatch() {
  const bool brings_id = pending_id_.has_value();
  if (pending_id_) {
    last_event_id_ = std::move(*pending_id_);
    pending_id_.reset();
  }
  if (!data_.empty()) {
    std::string_view data = data_;
    data.remove_suffix(1);  // Each line has put an LF behind itself.
    const std::string_view type = type_.empty() ? std::string_view("message") : type_;
    on_message_(
        {.type = type, .data = data, .last_event_id = last_event_id_, .brings_id = brings_id});
    data_.clear();
  }
  type_.clear();
}

}  // namespace weir::proto
