#include "net/head_check.hpp"

#include "net/ascii.hpp"

namespace weir::net {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kMethodBytesMax = 32;

std::optional<Error> malformed(std::string_view detail) {
  return Error{ErrorCode::kMalformedHttp, std::string(detail)};
}

std::optional<Error> check_version(std::string_view version) {
  // "HTTP/" DIGIT "." DIGIT (RFC 9112, 2.3)
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7])) {
    return malformed("the request line does not end in an HTTP version");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Error{ErrorCode::kHttpVersion, "this port speaks HTTP/1.1 and HTTP/1.0"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> check_request_line(std::string_view line, std::size_t target_bytes_max) {
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos || !is_token(line.substr(0, first))) {
    return malformed("the request line does not start with a method and a space");
  }
  if (first > kMethodBytesMax) return malformed("the method is too long");
  const std::size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return malformed("the request line has no HTTP version");
  }
  if (line.find(' ', second + 1) != std::string_view::npos) {
    return malformed("the request line holds more than two spaces");
  }
  if (auto error = check_version(line.substr(second + 1))) return error;

  const std::string_view target = line.substr(first + 1, second - first - 1);
  if (target.empty()) return malformed("the request target is empty");
  if (target.size() > target_bytes_max) return Error{ErrorCode::kTargetTooLong, {}};
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '#') {
      return malformed("the request target holds a character that must be percent-encoded");
    }
  }
  return std::nullopt;
}

std::optional<Error> check_field_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    return malformed("a header line starts with white space");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("a header line has no colon");
  if (!is_token(line.substr(0, colon))) {
    return malformed("a header's name is empty or holds a character that names cannot hold");
  }
  return std::nullopt;
}

HeadCheck::Status HeadCheck::scan(std::string_view bytes) {
  while (scanned_ < bytes.size()) {
    const char c = bytes[scanned_];
    if (is_line_character(c)) [[likely]] {
      ++scanned_;
      continue;
    }
    if (c == '\n') return fail(ErrorCode::kMalformedHttp, "a line ends in a bare line feed");
    if (c != '\r') return fail(ErrorCode::kMalformedHttp, "a control character in the head");
    if (scanned_ + 1 == bytes.size()) break;
    if (bytes[scanned_ + 1] != '\n') {
      return fail(ErrorCode::kMalformedHttp, "a carriage return without a line feed");
    }
    const std::string_view line = bytes.substr(line_start_, scanned_ - line_start_);
    scanned_ += 2;
    line_start_ = scanned_;
    if (scanned_ > limits_.head_bytes_max) return over_limit(bytes);
    if (line.empty() && lines_ > 0) return Status::kComplete;
    if (!take_line(line)) return Status::kFailed;
  }
  return over_limit(bytes);
}

bool HeadCheck::take_line(std::string_view line) {
  if (lines_ == 0) {
    error_ = check_request_line(line, limits_.target_bytes_max);
  } else if (lines_ > limits_.headers_max) {
    error_ = Error{ErrorCode::kHeadTooLarge, "too many headers"};
  } else {
    error_ = check_field_line(line);
  }
  ++lines_;
  return !error_;
}

HeadCheck::Status HeadCheck::over_limit(std::string_view bytes) {
  if (lines_ == 0 && scanned_ > limits_.target_bytes_max + kMethodBytesMax + 16) {
    return fail(ErrorCode::kTargetTooLong, {});
  }
  if (bytes.size() > limits_.head_bytes_max) return fail(ErrorCode::kHeadTooLarge, {});
  return Status::kNeedMore;
}

HeadCheck::Status HeadCheck::fail(ErrorCode code, std::string_view detail) {
  error_ = Error{code, std::string(detail)};
  return Status::kFailed;
}

}  // namespace weir::net
