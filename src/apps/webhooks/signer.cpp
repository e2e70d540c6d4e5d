#include "apps/webhooks/signer.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/small_file.hpp"

namespace weir::apps {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

constexpr std::string_view kSecretKeyPrefix = "whsk_";
constexpr std::string_view kPublicKeyPrefix = "whpk_";
constexpr std::string_view kSharedSecretPrefix = "whsec_";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeyFileBytesMax = 512;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Strict: nothing but the alphabet and its padding.
std::optional<std::string> from_base64(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0 || text.size() > 1024 ||
      text.substr(0, text.size() - padding).find_first_not_of(kAlphabet) !=
          std::string_view::npos) {
    return std::nullopt;
  }
  std::string out(text.size() / 4 * 3, '\0');
  const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text),
                                static_cast<int>(text.size()));
  if (n < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(n) - padding);
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

base::Error bad_key(std::string_view what) {
  return make_error(ErrorCode::kBadConfiguration, std::string(what));
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes),
                                static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  return out;
}

SigningKey::SigningKey(evp_pkey_st* key) : key_(key, ::EVP_PKEY_free) {
  WEIR_CHECK(key != nullptr, "OpenSSL makes no Ed25519 key");
}

SigningKey SigningKey::generate() {
  return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

Result<SigningKey> SigningKey::parse(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with(kPublicKeyPrefix)) {
    return bad_key("holds a public key; the secret one, whsk_…, is needed");
  }
  if (!text.starts_with(kSecretKeyPrefix)) return bad_key("holds no key that begins with whsk_");
  const auto bytes = from_base64(text.substr(kSecretKeyPrefix.size()));
  if (!bytes || (bytes->size() != kKeyBytes && bytes->size() != 2 * kKeyBytes)) {
    return bad_key("holds no Ed25519 key: whsk_ and 32 or 64 bytes in base64 are needed");
  }
  SigningKey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(*bytes), kKeyBytes));
  // A public half that belongs to another key would make signatures that nobody can verify.
  if (bytes->size() == 2 * kKeyBytes &&
      key.public_text() != std::string(kPublicKeyPrefix) + base64(bytes->substr(kKeyBytes))) {
    return bad_key("holds two halves that do not belong together");
  }
  return key;
}

Result<SigningKey> SigningKey::from_file(const std::string& path, bool make) {
  if (make) {
    const auto made = base::create_secret_file(path, generate().secret_text() + "\n");
    if (!made) return made.error();
  }
  const auto text = base::read_small_file(path, kKeyFileBytesMax);
  if (!text) return text.error();
  auto key = parse(*text);
  if (!key) return bad_key(fmt::format("{}: {}", path, key.error().detail));
  return key;
}

std::string SigningKey::public_text() const {
  std::string bytes(kKeyBytes, '\0');
  std::size_t size = bytes.size();
  EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size);
  return std::string(kPublicKeyPrefix) + base64(bytes);
}

std::string SigningKey::secret_text() const {
  std::string bytes(2 * kKeyBytes, '\0');
  auto* const data = reinterpret_cast<unsigned char*>(bytes.data());
  std::size_t size = kKeyBytes;
  EVP_PKEY_get_raw_private_key(key_.get(), data, &size);
  size = kKeyBytes;
  EVP_PKEY_get_raw_public_key(key_.get(), data + kKeyBytes, &size);
  return std::string(kSecretKeyPrefix) + base64(bytes);
}

std::string SigningKey::sign(std::string_view content) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          ::EVP_MD_CTX_free);
  std::string signature(64, '\0');
  std::size_t size = signature.size();
  const bool done =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes_of(content), content.size()) == 1;
  WEIR_CHECK(done && size == signature.size(), "OpenSSL does not sign");
  return signature;
}

Result<SharedSecret> SharedSecret::parse(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with(kSharedSecretPrefix)) return bad_key("does not begin with whsec_");
  auto bytes = from_base64(text.substr(kSharedSecretPrefix.size()));
  if (!bytes || bytes->size() < 24 || bytes->size() > 64) {
    return bad_key("must be whsec_ and 24 to 64 bytes in base64");
  }
  return SharedSecret(std::move(*bytes));
}

std::string SharedSecret::sign(std::string_view content) const {
  std::string signature(32, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()), bytes_of(content),
       content.size(), reinterpret_cast<unsigned char*>(signature.data()), &size);
  return signature;
}

std::string signature_header(const SigningKey& key, const std::optional<SharedSecret>& secret,
                             std::string_view id, std::int64_t unix_seconds,
                             std::string_view body) {
  std::string content = fmt::format("{}.{}.", id, unix_seconds);
  content.append(body);
  std::string header = "v1a," + base64(key.sign(content));
  if (secret) header += " v1," + base64(secret->sign(content));
  return header;
}

}  // namespace weir::apps
