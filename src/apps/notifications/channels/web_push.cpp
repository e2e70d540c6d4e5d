#include "apps/notifications/channels/web_push.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

#include "apps/address_guard.hpp"
#include "base/check.hpp"
#include "base/ip_address.hpp"
#include "base/refusal.hpp"
#include "base/small_file.hpp"
#include "client/url.hpp"
#include "proto/base64url.hpp"
#include "proto/json.hpp"

namespace weir::apps::notifications {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<&::BIO_free_all>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freer<&::EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<&::EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<&::EVP_CIPHER_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freer<&::ECDSA_SIG_free>>;

constexpr const char* kCurve = "P-256";
constexpr std::size_t kPointBytes = 65;
constexpr std::size_t kKeyFileBytesMax = 4'096;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTagBytes = 16;
constexpr std::uint32_t kRecordBytes = 4'096;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string hmac(std::string_view key, std::string_view content) {
  std::string out(32, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(content), content.size(),
       bytes_of(out), &size);
  return out;
}

/// HKDF (RFC 5869) for at most one block, which is all that is needed here.
std::string hkdf(std::string_view salt, std::string_view secret, std::string_view info,
                 std::size_t size) {
  return hmac(hmac(salt, secret), std::string(info) + '\x01').substr(0, size);
}

std::string with_nul(std::string_view text) { return std::string(text) + '\0'; }

/// AES-128-GCM, the tag behind the text.
std::string seal(std::string_view key, std::string_view nonce, std::string_view text) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string out(text.size() + kTagBytes, '\0');
  int size = 0;
  int end = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, bytes_of(key),
                         bytes_of(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), bytes_of(out), &size, bytes_of(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), bytes_of(out) + size, &end) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                          bytes_of(out) + text.size()) == 1;
  WEIR_CHECK(done, "OpenSSL does not encrypt");
  return out;
}

std::string pem_of(evp_pkey_st* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  WEIR_CHECK(
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "OpenSSL writes no key");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

bool is_on_curve(evp_pkey_st* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

}  // namespace

PushKey::PushKey(evp_pkey_st* key) : key_(key, ::EVP_PKEY_free) {
  WEIR_CHECK(key != nullptr, "OpenSSL makes no key of P-256");
}

PushKey PushKey::generate() { return PushKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kCurve)); }

Result<PushKey> PushKey::from_file(const std::string& path) {
  const auto made = base::create_secret_file(path, pem_of(generate().get()));
  if (!made) return made.error();
  const auto text = base::read_small_file(path, kKeyFileBytesMax);
  if (!text) return text.error();
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  auto* const key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr || !is_on_curve(key)) {
    EVP_PKEY_free(key);
    return make_error(ErrorCode::kBadConfiguration,
                      fmt::format("{} holds no private key of P-256 as PEM", path));
  }
  return PushKey(key);
}

Result<PushKey> PushKey::from_point(std::string_view point) {
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  std::string group = kCurve;
  std::string copy(point);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  const bool read = point.size() == kPointBytes && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1;
  if (!read || key == nullptr) {
    return make_error(ErrorCode::kBadRequest, "p256dh is no point of P-256");
  }
  return PushKey(key);
}

std::string PushKey::point() const {
  std::string out(kPointBytes, '\0');
  std::size_t size = 0;
  const bool read = EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                    bytes_of(out), out.size(), &size) == 1;
  WEIR_CHECK(read && size == kPointBytes, "OpenSSL shows no public key");
  return out;
}

Result<std::string> PushKey::agree(const PushKey& other) const {
  const Context context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  std::string secret(32, '\0');
  std::size_t size = secret.size();
  if (EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
      EVP_PKEY_derive(context.get(), bytes_of(secret), &size) != 1 || size != secret.size()) {
    return make_error(ErrorCode::kBadRequest, "p256dh is no usable key");
  }
  return secret;
}

std::string PushKey::sign(std::string_view content) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::string der(80, '\0');
  std::size_t size = der.size();
  const bool done =
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), bytes_of(der), &size, bytes_of(content), content.size()) == 1;
  WEIR_CHECK(done, "OpenSSL does not sign");
  const auto* at = bytes_of(std::string_view(der));
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  std::string out(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes_of(out), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes_of(out) + 32, 32);
  return out;
}

Result<> check_push_subscription(const PushSubscription& subscription, bool allow_private) {
  const auto url = client::parse_url(subscription.endpoint);
  if (!url) return base::bad_request("\"endpoint\" is no URL");
  if (!allow_private) {
    if (!url->secure) return base::bad_request("\"endpoint\" is no https URL");
    const auto address = base::IpAddress::parse(url->host);
    if (address && !why_not_public(*address).empty()) {
      return base::bad_request("\"endpoint\" is not a public address");
    }
  }
  const auto point = proto::from_base64url(subscription.p256dh);
  if (!point) return base::bad_request("\"p256dh\" is no base64url");
  const auto key = PushKey::from_point(*point);
  if (!key) return key.error();
  return {};
}

Result<std::string> encrypt_push(const PushSubscription& to, std::string_view text) {
  std::string salt(kSaltBytes, '\0');
  WEIR_CHECK(RAND_bytes(bytes_of(salt), static_cast<int>(salt.size())) == 1,
             "OpenSSL has no randomness");
  return encrypt_push(to, text, PushKey::generate(), salt);
}

Result<std::string> encrypt_push(const PushSubscription& to, std::string_view text,
                                 const PushKey& sender, std::string_view salt) {
  WEIR_CHECK(text.size() <= kPushBytesMax, "a push message is too long");
  const auto point = proto::from_base64url(to.p256dh);
  const auto auth = proto::from_base64url(to.auth);
  if (!point || !auth) return make_error(ErrorCode::kBadRequest, "the subscription's keys");
  const auto browser = PushKey::from_point(*point);
  if (!browser) return browser.error();
  const auto shared = sender.agree(*browser);
  if (!shared) return shared.error();
  const auto own = sender.point();
  // RFC 8291, 3.4.
  const auto secret = hkdf(*auth, *shared, with_nul("WebPush: info") + *point + own, 32);
  const auto key = hkdf(salt, secret, with_nul("Content-Encoding: aes128gcm"), 16);
  const auto nonce = hkdf(salt, secret, with_nul("Content-Encoding: nonce"), 12);
  // RFC 8188, 2.1: salt, size of records, the sender's key as their id; one record, the last.
  std::string body(salt);
  for (int shift = 24; shift >= 0; shift -= 8) {
    body.push_back(static_cast<char>((kRecordBytes >> shift) & 0xff));
  }
  body.push_back(static_cast<char>(own.size()));
  body += own;
  return body + seal(key, nonce, std::string(text) + '\x02');
}

std::string vapid_header(const PushKey& key, std::string_view origin, std::string_view contact,
                         base::UnixMillis now) {
  constexpr std::int64_t kLasts = 12LL * 3'600;
  const auto claims = fmt::format(R"({{"aud":{},"exp":{},"sub":{}}})", proto::json_string(origin),
                                  now / 1'000 + kLasts, proto::json_string(contact));
  const auto content =
      proto::to_base64url(R"({"typ":"JWT","alg":"ES256"})") + "." + proto::to_base64url(claims);
  return fmt::format("vapid t={}.{}, k={}", content, proto::to_base64url(key.sign(content)),
                     proto::to_base64url(key.point()));
}

}  // namespace weir::apps::notifications
