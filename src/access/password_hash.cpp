#include "access/password_hash.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <optional>
#include <vector>

#include "access/crypto.hpp"
#include "base/check.hpp"
#include "proto/base64url.hpp"

namespace weir::access {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint64_t kMemoryMax = 256ULL << 20;

base::Error bad(std::string what) {
  return base::make_error(base::ErrorCode::kBadConfiguration, std::move(what));
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The number behind "name=", if it is from 1 to `most`.
std::optional<std::uint32_t> number(std::string_view text, std::string_view name,
                                    std::uint32_t most) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc() && end == text.data() + text.size();
  return good && value >= 1 && value <= most ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string PasswordHash::derive(const Cost& cost, std::string_view salt,
                                 std::string_view password) {
  std::string hash(kHashBytes, '\0');
  // Beside its large table scrypt keeps some blocks.
  constexpr std::uint64_t kMemory = kMemoryMax + (1ULL << 20);
  const int done = EVP_PBE_scrypt(password.data(), password.size(),
                                  reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                                  std::uint64_t{1} << cost.log_n, cost.r, cost.p, kMemory,
                                  reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  WEIR_CHECK(done == 1, "scrypt has the memory that it needs");
  return hash;
}

PasswordHash PasswordHash::make(std::string_view password) {
  const Cost cost;
  auto salt = random_bytes(kSaltBytes);
  auto hash = derive(cost, salt, password);
  return {cost, std::move(salt), std::move(hash)};
}

PasswordHash PasswordHash::decoy() {
  return {Cost{}, random_bytes(kSaltBytes), random_bytes(kHashBytes)};
}

base::Result<PasswordHash> PasswordHash::parse(std::string_view text) {
  const auto parts = split(text, '$');
  if (parts.size() != 5 || !parts[0].empty() || parts[1] != "scrypt") {
    return bad("\"password\" is not of the form $scrypt$ln=…,r=…,p=…$SALT$HASH");
  }
  const auto costs = split(parts[2], ',');
  if (costs.size() != 3) return bad("scrypt's parameters are not ln, r and p");
  const auto log_n = number(costs[0], "ln=", 20);
  const auto r = number(costs[1], "r=", 32);
  const auto p = number(costs[2], "p=", 16);
  if (!log_n || !r || !p || (std::uint64_t{128} << *log_n) * *r > kMemoryMax) {
    return bad("scrypt's parameters are out of bounds");
  }
  auto salt = proto::from_base64url(parts[3]);
  auto hash = proto::from_base64url(parts[4]);
  if (!salt || salt->size() < kSaltBytes || salt->size() > 64 || !hash ||
      hash->size() != kHashBytes) {
    return bad("the salt or the hash is not base64url of the right length");
  }
  return PasswordHash({*log_n, *r, *p}, std::move(*salt), std::move(*hash));
}

bool PasswordHash::matches(std::string_view password) const {
  return equal_in_constant_time(derive(cost_, salt_, password), hash_);
}

std::string PasswordHash::text() const {
  return fmt::format("$scrypt$ln={},r={},p={}${}${}", cost_.log_n, cost_.r, cost_.p,
                     proto::to_base64url(salt_), proto::to_base64url(hash_));
}

}  // namespace weir::access
