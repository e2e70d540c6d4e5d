#include "apps/workflow/effects/secret_box.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <optional>

#include "base/small_file.hpp"
#include "proto/base64url.hpp"

namespace weir::apps::workflow {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::string_view kVersion = "v1.";

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&::EVP_CIPHER_CTX_free)>;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  WEIR_CHECK(RAND_bytes(bytes_of(bytes), static_cast<int>(count)) == 1,
             "the system gives random bytes");
  return bytes;
}

/// What a value is bound to: this use of the key, and the name.
std::string bound_to(std::string_view name) {
  return std::string("weir workflow secret 1\n").append(name);
}

Result<std::string> key_in(const std::string& path) {
  constexpr std::size_t kFileBytesMax = 1024;
  if (auto good = base::check_private(path); !good) return good.error();
  auto text = base::read_small_file(path, kFileBytesMax);
  if (!text) return text.error();
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  auto key = proto::from_base64url(*text);
  if (!key || key->size() != kKeyBytes) {
    return make_error(ErrorCode::kBadConfiguration,
                      fmt::format("{}: holds no key: 32 bytes in base64url are needed", path));
  }
  return std::move(*key);
}

}  // namespace

SecretBox::SecretBox(std::string key) : key_(std::move(key)) {
  WEIR_CHECK(key_.size() == kKeyBytes, "a key of AES-256 has 32 bytes");
}

Result<SecretBox> SecretBox::open(const base::Settings& settings) {
  std::string path = settings.effects.secret_key_file;
  if (path.empty()) {
    if (settings.data_dir.empty()) return SecretBox(random_bytes(kKeyBytes));
    path = settings.data_dir + "/secret.key";
    const auto made =
        base::create_secret_file(path, proto::to_base64url(random_bytes(kKeyBytes)) + "\n");
    if (!made) return made.error();
  }
  auto key = key_in(path);
  if (!key) return key.error();
  return SecretBox(std::move(*key));
}

std::string SecretBox::seal(std::string_view name, std::string_view value) const {
  const auto nonce = random_bytes(kNonceBytes);
  const auto bound = bound_to(name);
  std::string sealed(value.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const Context context(EVP_CIPHER_CTX_new(), ::EVP_CIPHER_CTX_free);
  int n = 0;
  const bool done = EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                                       bytes_of(std::string_view(key_)),
                                       bytes_of(std::string_view(nonce))) == 1 &&
                    EVP_EncryptUpdate(context.get(), nullptr, &n, bytes_of(std::string_view(bound)),
                                      static_cast<int>(bound.size())) == 1 &&
                    EVP_EncryptUpdate(context.get(), bytes_of(sealed), &n, bytes_of(value),
                                      static_cast<int>(value.size())) == 1 &&
                    EVP_EncryptFinal_ex(context.get(), bytes_of(tag), &n) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG,
                                        static_cast<int>(tag.size()), tag.data()) == 1;
  WEIR_CHECK(done, "OpenSSL encrypts");
  return std::string(kVersion).append(proto::to_base64url(nonce + sealed + tag));
}

Result<std::string> SecretBox::unseal(std::string_view name, std::string_view sealed) const {
  const auto damaged = [&] {
    return make_error(
        ErrorCode::kCorrupt,
        fmt::format("the secret {} was sealed with another key, or is damaged", name));
  };
  if (!sealed.starts_with(kVersion)) return damaged();
  const auto bytes = proto::from_base64url(sealed.substr(kVersion.size()));
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return damaged();
  const std::string_view all = *bytes;
  const auto text = all.substr(kNonceBytes, all.size() - kNonceBytes - kTagBytes);
  std::string tag(all.substr(all.size() - kTagBytes));
  const auto bound = bound_to(name);
  std::string value(text.size(), '\0');
  std::string rest(kTagBytes, '\0');
  const Context context(EVP_CIPHER_CTX_new(), ::EVP_CIPHER_CTX_free);
  int n = 0;
  const bool done = EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                                       bytes_of(std::string_view(key_)), bytes_of(all)) == 1 &&
                    EVP_DecryptUpdate(context.get(), nullptr, &n, bytes_of(std::string_view(bound)),
                                      static_cast<int>(bound.size())) == 1 &&
                    EVP_DecryptUpdate(context.get(), bytes_of(value), &n, bytes_of(text),
                                      static_cast<int>(text.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG,
                                        static_cast<int>(tag.size()), tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(context.get(), bytes_of(rest), &n) == 1;
  if (!done) return damaged();
  return value;
}

}  // namespace weir::apps::workflow
