#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::hub {

/// What the server calls a connection: a UUID of version 4 (RFC 9562, 5.4), of which only the first
/// half is random and kept: eight bytes of a subscriber instead of a text of 36. All subscriptions
/// of one connection have the same. Not for secrets.
class ClientId {
 public:
  /// None.
  ClientId() = default;
  /// Made of 64 random bits.
  explicit ClientId(std::uint64_t random) : half_((random & ~kVersionMask) | kVersion) {}

  std::string text() const;
  /// Reads exactly what `text` writes.
  static std::optional<ClientId> parse(std::string_view text);

  friend constexpr bool operator==(ClientId, ClientId) = default;

 private:
  static constexpr std::uint64_t kVersionMask = 0xf000;
  static constexpr std::uint64_t kVersion = 0x4000;

  std::uint64_t half_ = 0;
};

}  // namespace weir::hub
