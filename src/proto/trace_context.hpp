#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::proto {

/// Which trace, and which span of it, something belongs to (W3C Trace Context, Level 1).
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  std::uint8_t flags = 0;

  bool sampled() const { return (flags & 1) != 0; }
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// Reads a `traceparent` (section 3.2): two lower-case hexadecimal digits of version, 32 of trace,
/// 16 of span, two of flags. Versions later than 00 may say more behind that, which is left out.
/// Nothing for what is not valid, which the specification has ignored instead of refused.
std::optional<TraceContext> parse_traceparent(std::string_view text);

/// The same as version 00.
std::string format_traceparent(const TraceContext& context);

/// What an event carries: the bytes of trace, span and flags, or nothing.
inline constexpr std::size_t kPackedTraceBytes = 25;
std::string pack_trace(const TraceContext& context);
/// Nothing unless the length is right.
std::optional<TraceContext> unpack_trace(std::string_view packed);

/// Lower-case hexadecimal.
std::string to_hex(const std::uint8_t* bytes, std::size_t count);

}  // namespace weir::proto
