#include "client/response_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace weir::client {
namespace {

using base::equal_ignoring_case;
using base::Error;
using base::ErrorCode;
using base::make_error;
using base::Result;
using base::trim;

constexpr std::size_t kHeadBytesMax = 256 * 1024;

Error bad(std::string_view what) {
  return make_error(ErrorCode::kNetwork,
                    fmt::format("the server's answer is not valid HTTP: {}", what));
}

/// Whether a comma-separated header holds a token.
bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (equal_ignoring_case(trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

std::optional<std::uint64_t> parse_whole(std::string_view text, int base) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string_view> ResponseHead::get(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

Result<std::size_t> ResponseParser::feed(std::string_view bytes) {
  const std::size_t given = bytes.size();
  while (!bytes.empty() && state_ != State::kComplete) {
    if (state_ == State::kBodyUntilEnd) {
      on_body_(bytes);
      return given;
    }
    if (state_ == State::kCountedBody || state_ == State::kChunkData) {
      const auto piece =
          bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
      on_body_(piece);
      bytes.remove_prefix(piece.size());
      left_ -= piece.size();
      if (left_ > 0) continue;
      state_ = state_ == State::kCountedBody ? State::kComplete : State::kChunkEnd;
      continue;
    }
    const std::size_t end = bytes.find('\n');
    const bool whole = end != std::string_view::npos;
    line_.append(bytes.substr(0, end));
    if (head_bytes_ + line_.size() > kHeadBytesMax) return bad("its head never ends");
    bytes.remove_prefix(whole ? end + 1 : bytes.size());
    if (!whole) break;
    if (line_.ends_with('\r')) line_.pop_back();
    const auto taken = take_line(line_);
    line_.clear();
    if (!taken) return taken.error();
  }
  return given - bytes.size();
}

Result<> ResponseParser::finish() {
  if (state_ == State::kBodyUntilEnd) state_ = State::kComplete;
  if (state_ == State::kComplete) return {};
  const bool nothing = state_ == State::kStatusLine && line_.empty();
  return make_error(ErrorCode::kNetwork, nothing ? "the connection was closed without an answer"
                                                 : "the connection was closed amid the answer");
}

Result<> ResponseParser::take_line(std::string_view line) {
  switch (state_) {
    case State::kStatusLine:
      return take_status_line(line);
    case State::kHead:
      if (line.empty()) return begin_body();
      return take_header(line);
    case State::kChunkSize:
      return take_chunk_size(line);
    case State::kChunkEnd:
      if (!line.empty()) return bad("a chunk is longer than it says");
      state_ = State::kChunkSize;
      return {};
    case State::kTrailers:
      head_bytes_ += line.size() + 2;
      if (line.empty()) state_ = State::kComplete;
      return {};
    default:
      return bad("a line where none may be");
  }
}

Result<> ResponseParser::take_status_line(std::string_view line) {
  // "HTTP/1.1 200 OK"; the reason may be missing, with or without its space.
  const bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ' &&
                      (line.size() == 12 || line[12] == ' ') && (line[7] == '0' || line[7] == '1');
  const auto status = shaped ? parse_whole(line.substr(9, 3), 10) : std::nullopt;
  if (!status || *status < 100) return bad("it does not begin with a status");
  head_ = ResponseHead{
      .status = static_cast<int>(*status), .minor_version = line[7] - '0', .headers = {}};
  head_bytes_ = line.size() + 2;
  state_ = State::kHead;
  return {};
}

Result<> ResponseParser::take_header(std::string_view line) {
  head_bytes_ += line.size() + 2;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return bad("a header without a name");
  const std::string_view name = line.substr(0, colon);
  if (name.find_first_of(" \t") != std::string_view::npos) return bad("a space in a header's name");
  head_.headers.emplace_back(name, trim(line.substr(colon + 1)));
  return {};
}

Result<> ResponseParser::begin_body() {
  const int status = head_.status;
  if (status == 101) return bad("it switches protocols unasked");
  if (status < 200) {
    state_ = State::kStatusLine;
    return {};
  }
  const std::string_view connection = head_.get("Connection").value_or("");
  keep_alive_ = head_.minor_version == 1 ? !has_token(connection, "close")
                                         : has_token(connection, "keep-alive");
  if (status == 204 || status == 304) {
    state_ = State::kComplete;
    return {};
  }
  return choose_length();
}

/// RFC 9112, 6.3.
Result<> ResponseParser::choose_length() {
  std::optional<std::string_view> coding;
  std::optional<std::uint64_t> length;
  for (const auto& [name, value] : head_.headers) {
    if (equal_ignoring_case(name, "Transfer-Encoding")) {
      if (coding) return bad("more than one Transfer-Encoding");
      coding = value;
    }
    if (!equal_ignoring_case(name, "Content-Length")) continue;
    const auto number = parse_whole(value, 10);
    if (!number || (length && *length != *number)) return bad("its length is not one number");
    length = number;
  }
  if (coding) {
    if (!equal_ignoring_case(*coding, "chunked")) return bad("an unknown transfer coding");
    if (length) return bad("both chunks and a length");
    state_ = State::kChunkSize;
  } else if (length) {
    left_ = *length;
    state_ = left_ == 0 ? State::kComplete : State::kCountedBody;
  } else {
    keep_alive_ = false;
    state_ = State::kBodyUntilEnd;
  }
  return {};
}

Result<> ResponseParser::take_chunk_size(std::string_view line) {
  const auto size = parse_whole(trim(line.substr(0, line.find(';'))), 16);
  if (!size) return bad("a chunk without a size");
  left_ = *size;
  head_bytes_ = 0;
  state_ = left_ == 0 ? State::kTrailers : State::kChunkData;
  return {};
}

}  // namespace weir::client
