// The PROXY protocol: a header is never longer than what was given, and what is cut off it makes it
// incomplete, never another header.

#include "proto/proxy_protocol.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = weir::fuzz::as_text(data, size);
  const auto parsed = weir::proto::parse_proxy_header(text);
  if (!parsed || !*parsed) return 0;
  const std::size_t bytes = (*parsed)->bytes;
  WEIR_CHECK(bytes <= text.size() && bytes <= weir::proto::kProxyHeaderBytesMax,
             "a header is within its input and its bound");
  const auto less = weir::proto::parse_proxy_header(text.substr(0, bytes - 1));
  WEIR_CHECK(less && !*less, "a part of a header is incomplete");
  return 0;
}
