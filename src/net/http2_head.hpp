#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/head_check.hpp"
#include "net/head_meaning.hpp"
#include "net/http_message.hpp"

namespace weir::net {

/// A request's head out of the fields of an HTTP/2 header block (RFC 9113, 8.3.1), so that whoever
/// reads a RequestHead need not know how it came: `:authority` is its Host, cookie crumbs are one
/// Cookie, the target is in its parts. Held to the limits and the checks of HTTP/1.1.
///
/// What the grammar of HTTP/2 itself forbids (names in capitals, pseudo fields behind others or
/// twice, fields about the connection) nghttp2 has refused before.
class Http2Head {
 public:
  /// A block that decompresses to more than this many times what a head may have is an attack on
  /// the decompression (RFC 7541, 7.3), not a large head.
  static constexpr std::size_t kBombFactor = 16;

  /// Takes a field. Over a limit it is counted and dropped, and `finish` tells.
  void add(std::string_view name, std::string_view value, const HeadLimits& limits);
  /// Counts one that nobody reads: of trailers.
  void skip(std::string_view name, std::string_view value) { bytes_ += name.size() + value.size(); }
  bool is_bomb(const HeadLimits& limits) const {
    return bytes_ > limits.head_bytes_max * kBombFactor;
  }

  /// After the last field, once: kHeadTooLarge, kTargetTooLong, and what `read_meaning` and
  /// `parse_target` refuse.
  base::Result<HeadMeaning> finish(const HeadLimits& limits);

  /// After `finish`; of a head that was refused, as far as it was read.
  RequestHead& head() { return head_; }

 private:
  void add_pseudo(std::string_view name, std::string_view value);
  void add_host();
  std::optional<base::Error> check(const HeadLimits& limits);

  RequestHead head_;
  std::string authority_;
  std::string cookie_;
  std::size_t bytes_ = 0;
  std::size_t fields_ = 0;
  std::size_t target_bytes_ = 0;
  bool host_added_ = false;
  bool hosts_differ_ = false;
};

}  // namespace weir::net
