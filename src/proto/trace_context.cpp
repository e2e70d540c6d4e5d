#include "proto/trace_context.hpp"

#include <algorithm>

namespace weir::proto {
namespace {

constexpr std::size_t kTextBytes = 55;

/// -1 for what is no lower-case hexadecimal digit.
int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

template <std::size_t Count>
bool read_hex(std::string_view text, std::array<std::uint8_t, Count>& out) {
  for (std::size_t i = 0; i < Count; ++i) {
    const int high = digit_value(text[2 * i]);
    const int low = digit_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

template <std::size_t Count>
bool all_zero(const std::array<std::uint8_t, Count>& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; });
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < kTextBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  TraceContext context;
  if (!read_hex(text, version) || !read_hex(text.substr(3), context.trace_id) ||
      !read_hex(text.substr(36), context.span_id) || !read_hex(text.substr(53), flags)) {
    return std::nullopt;
  }
  if (version[0] == 0xff || all_zero(context.trace_id) || all_zero(context.span_id)) {
    return std::nullopt;
  }
  const bool longer = text.size() > kTextBytes;
  if (longer && (version[0] == 0 || text[kTextBytes] != '-')) return std::nullopt;
  context.flags = flags[0];
  return context;
}

std::string to_hex(const std::uint8_t* bytes, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(kDigits[bytes[i] >> 4]);
    out.push_back(kDigits[bytes[i] & 15]);
  }
  return out;
}

std::string format_traceparent(const TraceContext& context) {
  // Of the flags, version 00 knows the lowest alone (section 3.2.2.5).
  const std::uint8_t flags = context.flags & 1;
  return "00-" + to_hex(context.trace_id.data(), context.trace_id.size()) + "-" +
         to_hex(context.span_id.data(), context.span_id.size()) + "-" + to_hex(&flags, 1);
}

std::string pack_trace(const TraceContext& context) {
  std::string packed(kPackedTraceBytes, '\0');
  auto out = std::copy(context.trace_id.begin(), context.trace_id.end(), packed.begin());
  out = std::copy(context.span_id.begin(), context.span_id.end(), out);
  *out = static_cast<char>(context.flags);
  return packed;
}

std::optional<TraceContext> unpack_trace(std::string_view packed) {
  if (packed.size() != kPackedTraceBytes) return std::nullopt;
  TraceContext context;
  std::copy_n(packed.begin(), context.trace_id.size(), context.trace_id.begin());
  std::copy_n(packed.begin() + 16, context.span_id.size(), context.span_id.begin());
  context.flags = static_cast<std::uint8_t>(packed[24]);
  return context;
}

}  // namespace weir::proto
