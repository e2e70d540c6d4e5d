#include "client/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace weir::client {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kDay = 86'400'000;

/// `Sun, 06 Nov 1994 08:49:37 GMT` in milliseconds.
std::optional<std::int64_t> parse_date(const std::string& text) {
  constexpr std::size_t kLength = 29;
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (text.size() != kLength || end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1000;
}

}  // namespace

std::optional<milliseconds> retry_after(const ResponseHead& head, base::UnixMillis now) {
  const auto text = head.get("Retry-After");
  if (!text || text->empty()) return std::nullopt;
  std::uint32_t seconds = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, seconds);
  if (error == std::errc() && stop == end) {
    return milliseconds(std::min<std::int64_t>(std::int64_t{seconds} * 1000, kDay));
  }
  const auto date = parse_date(std::string(*text));
  if (!date) return std::nullopt;
  return milliseconds(std::clamp<std::int64_t>(*date - now, 0, kDay));
}

}  // namespace weir::client
