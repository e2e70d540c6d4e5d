#include "hub/client_id.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/random.hpp"

namespace weir::hub {

std::string ClientId::text() const {
  constexpr std::uint64_t kVariantMask = std::uint64_t{3} << 62;
  constexpr std::uint64_t kVariant = std::uint64_t{2} << 62;
  const auto other = (base::Random(half_).next() & ~kVariantMask) | kVariant;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", half_ >> 32, (half_ >> 16) & 0xffff,
                     half_ & 0xffff, other >> 48, other & 0xffffffffffff);
}

std::optional<ClientId> ClientId::parse(std::string_view text) {
  ClientId id;
  for (const auto& [begin, digits] : {std::pair{0U, 8U}, {9U, 4U}, {14U, 4U}}) {
    std::uint32_t part = 0;
    if (text.size() < begin + digits) return std::nullopt;
    const auto* const end = text.data() + begin + digits;
    if (std::from_chars(text.data() + begin, end, part, 16).ptr != end) return std::nullopt;
    id.half_ = (id.half_ << (4 * digits)) | part;
  }
  // The rest follows from the first half, and so does how it is written.
  if (id.text() != text) return std::nullopt;
  return id;
}

}  // namespace weir::hub
