#include "net/http2_head.hpp"

#include <fmt/format.h>

#include "net/ascii.hpp"

namespace weir::net {
namespace {

using base::Error;
using base::ErrorCode;

// What a field has around it on a line of HTTP/1.1: ": " and the line's end. The same request is
// then as large in both versions.
constexpr std::size_t kFieldOverhead = 4;

}  // namespace

void Http2Head::add(std::string_view name, std::string_view value, const HeadLimits& limits) {
  bytes_ += name.size() + value.size() + kFieldOverhead;
  if (name == ":path") target_bytes_ = value.size();
  if (bytes_ > limits.head_bytes_max || target_bytes_ > limits.target_bytes_max) return;
  if (name.starts_with(':')) return add_pseudo(name, value);

  if (++fields_ > limits.headers_max) return;
  if (!host_added_) add_host();
  value = trim(value);
  if (name == "host") {
    if (authority_.empty()) {
      head_.headers.add("host", std::string(value));
    } else if (!equal_ignoring_case(authority_, value)) {
      hosts_differ_ = true;
    }
  } else if (name == "cookie") {
    // A client may cut it into crumbs, which compress better (RFC 9113, 8.2.3).
    if (!cookie_.empty()) cookie_.append("; ");
    cookie_.append(value);
  } else {
    head_.headers.add(std::string(name), std::string(value));
  }
}

void Http2Head::add_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") {
    head_.method = value;
  } else if (name == ":path") {
    head_.target = value;
  } else if (name == ":authority") {
    authority_ = value;
  }
}

void Http2Head::add_host() {
  host_added_ = true;
  if (!authority_.empty()) head_.headers.add("host", authority_);
}

std::optional<Error> Http2Head::check(const HeadLimits& limits) {
  if (target_bytes_ > limits.target_bytes_max) return Error{ErrorCode::kTargetTooLong, {}};
  if (bytes_ > limits.head_bytes_max) return Error{ErrorCode::kHeadTooLarge, {}};
  if (fields_ > limits.headers_max) return Error{ErrorCode::kHeadTooLarge, "too many headers"};
  if (hosts_differ_) {
    return Error{ErrorCode::kMalformedHttp, "the Host header is not that of :authority"};
  }
  // A tunnel has no target to check.
  if (head_.method == "CONNECT") return std::nullopt;
  return check_request_line(fmt::format("{} {} HTTP/1.1", head_.method, head_.target),
                            limits.target_bytes_max);
}

base::Result<HeadMeaning> Http2Head::finish(const HeadLimits& limits) {
  head_.major_version = 2;
  head_.minor_version = 1;  // Whoever asks only for this means what HTTP/1.1 has over 1.0.
  if (!host_added_) add_host();
  if (!cookie_.empty()) head_.headers.add("cookie", std::move(cookie_));
  if (auto error = check(limits)) return *std::move(error);
  auto meaning = read_meaning(head_);
  if (!meaning) return meaning;
  auto url = proto::parse_target(head_.target);
  if (!url) return std::move(url).error();
  head_.url = std::move(*url);
  return meaning;
}

}  // namespace weir::net
