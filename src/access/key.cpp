#include "access/key.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>

#include "access/crypto.hpp"
#include "base/refusal.hpp"
#include "base/small_file.hpp"

namespace weir::access {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kKeyFileBytesMax = 64 * 1024;
constexpr std::size_t kP256Bytes = 32;

struct Name {
  Algorithm algorithm;
  std::string_view name;
  const char* digest;  // Null: the algorithm has its own.
  std::size_t bytes;   // Of the digest.
};
constexpr std::array<Name, 7> kNames = {{{Algorithm::kHs256, "HS256", "SHA256", 32},
                                         {Algorithm::kHs384, "HS384", "SHA384", 48},
                                         {Algorithm::kHs512, "HS512", "SHA512", 64},
                                         {Algorithm::kRs256, "RS256", "SHA256", 32},
                                         {Algorithm::kPs256, "PS256", "SHA256", 32},
                                         {Algorithm::kEs256, "ES256", "SHA256", 32},
                                         {Algorithm::kEdDsa, "EdDSA", nullptr, 0}}};

const Name& row_of(Algorithm algorithm) { return kNames[static_cast<std::size_t>(algorithm)]; }

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

using Pkey = std::shared_ptr<EVP_PKEY>;
using Context = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using PkeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Pkey own(EVP_PKEY* pkey) {
  return pkey == nullptr ? Pkey() : Pkey(pkey, [](EVP_PKEY* p) { EVP_PKEY_free(p); });
}

Pkey build(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* pkey = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return own(pkey);
}

/// OpenSSL wants DER where JOSE has two numbers of fixed length (RFC 7518, 3.4).
std::string der_of(std::string_view signature) {
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  Number r(BN_bin2bn(bytes_of(signature), kP256Bytes, nullptr));
  Number s(BN_bin2bn(bytes_of(signature) + kP256Bytes, kP256Bytes, nullptr));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  r.release();
  s.release();
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &der);
  if (length <= 0) return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return out;
}

/// What is wrong with the key for the algorithm, or "".
std::string mismatch(Algorithm algorithm, const EVP_PKEY* pkey) {
  if (algorithm == Algorithm::kEdDsa) {
    return EVP_PKEY_is_a(pkey, "ED25519") == 1 ? "" : "the key is not of Ed25519";
  }
  if (algorithm == Algorithm::kEs256) {
    std::array<char, 64> group{};
    std::size_t length = 0;
    const bool p256 = EVP_PKEY_is_a(pkey, "EC") == 1 &&
                      EVP_PKEY_get_group_name(pkey, group.data(), group.size(), &length) == 1 &&
                      std::string_view(group.data(), length) == "prime256v1";
    return p256 ? "" : "the key is not of the curve P-256";
  }
  if (EVP_PKEY_is_a(pkey, "RSA") != 1) return "the key is not of RSA";
  const int bits = EVP_PKEY_get_bits(pkey);
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
    return fmt::format("an RSA key has {} to {} bits, not {}", kRsaBitsMin, kRsaBitsMax, bits);
  }
  return "";
}

}  // namespace

std::optional<Algorithm> algorithm_of(std::string_view name) {
  for (const auto& row : kNames) {
    if (row.name == name) return row.algorithm;
  }
  return std::nullopt;
}

std::string_view name_of(Algorithm algorithm) { return row_of(algorithm).name; }

base::Result<Key> Key::from_secret(Algorithm algorithm, std::string id, std::string secret) {
  const auto& row = row_of(algorithm);
  if (!is_symmetric(algorithm)) {
    return base::bad_configuration(fmt::format("{} takes a public key", row.name));
  }
  if (secret.find("-----BEGIN") != std::string::npos) {
    return base::bad_configuration(
        fmt::format("{} takes a secret, and this is a key in PEM", row.name));
  }
  if (secret.size() < row.bytes) {
    return base::bad_configuration(
        fmt::format("the secret has {} bytes, and {} needs {} (RFC 7518, 3.2)", secret.size(),
                    row.name, row.bytes));
  }
  Key key(algorithm, std::move(id));
  key.secret_ = std::move(secret);
  key.take_fingerprint(key.secret_);
  return key;
}

void Key::take_fingerprint(std::string_view material) {
  fingerprint_ = fingerprint_of(fmt::format("{}\n{}\n{}", name_of(algorithm_), id_, material));
}

base::Result<Key> Key::from_pkey(Algorithm algorithm, std::string id, Pkey pkey) {
  ERR_clear_error();
  if (!pkey) return base::bad_configuration("the key cannot be read");
  if (const auto wrong = mismatch(algorithm, pkey.get()); !wrong.empty()) {
    return base::bad_configuration(wrong);
  }
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(pkey.get(), &der);
  if (length <= 0) return base::bad_configuration("the key cannot be read");
  Key key(algorithm, std::move(id));
  key.take_fingerprint({reinterpret_cast<char*>(der), static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  key.pkey_ = std::move(pkey);
  return key;
}

base::Result<Key> Key::from_pem(Algorithm algorithm, std::string id, const std::string& pem) {
  if (is_symmetric(algorithm)) return base::bad_configuration("an HMAC secret is not in PEM");
  const Owned<BIO, BIO_free> file(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (pem.find("PRIVATE KEY") != std::string::npos) {
    return base::bad_configuration(
        "this is a private key, which is not for this server: give it the public one");
  }
  return from_pkey(algorithm, std::move(id),
                   own(PEM_read_bio_PUBKEY(file.get(), nullptr, nullptr, nullptr)));
}

base::Result<Key> Key::from_rsa(Algorithm algorithm, std::string id, std::string_view modulus,
                                std::string_view exponent) {
  constexpr std::size_t kExponentBytesMax = 8;  // A huge one would be a way to keep us busy.
  if (modulus.size() > kRsaBitsMax / 8 || exponent.empty() || exponent.size() > kExponentBytesMax) {
    return base::bad_configuration("the RSA key is out of bounds");
  }
  const Number n(BN_bin2bn(bytes_of(modulus), static_cast<int>(modulus.size()), nullptr));
  const Number e(BN_bin2bn(bytes_of(exponent), static_cast<int>(exponent.size()), nullptr));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return base::bad_configuration("the key cannot be read");
  }
  return from_pkey(algorithm, std::move(id), build("RSA", builder.get()));
}

base::Result<Key> Key::from_p256(std::string id, std::string_view x, std::string_view y) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return base::bad_configuration("P-256 has 32-byte coordinates");
  }
  // SEC 1, 2.3.3: a point that is not compressed. OpenSSL refuses one that is not on the curve.
  const std::string point = fmt::format("\x04{}{}", x, y);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return base::bad_configuration("the key cannot be read");
  }
  return from_pkey(Algorithm::kEs256, std::move(id), build("EC", builder.get()));
}

base::Result<Key> Key::from_ed25519(std::string id, std::string_view x) {
  return from_pkey(
      Algorithm::kEdDsa, std::move(id),
      own(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes_of(x), x.size())));
}

std::string Key::sign(std::string_view text) const {
  const auto& row = row_of(algorithm_);
  std::string mac(row.bytes, '\0');
  unsigned length = 0;
  if (secret_.empty() ||
      HMAC(EVP_get_digestbyname(row.digest), secret_.data(), static_cast<int>(secret_.size()),
           bytes_of(text), text.size(), reinterpret_cast<unsigned char*>(mac.data()),
           &length) == nullptr ||
      length != mac.size()) {
    return {};
  }
  return mac;
}

bool Key::verify(std::string_view signed_text, std::string_view signature) const {
  if (!is_symmetric(algorithm_)) {
    const bool good = verify_public(signed_text, signature);
    // What OpenSSL noted about a bad one must not be found by TLS on this thread.
    if (!good) ERR_clear_error();
    return good;
  }
  const auto mac = sign(signed_text);
  return !mac.empty() && equal_in_constant_time(mac, signature);
}

bool Key::verify_public(std::string_view signed_text, std::string_view signature) const {
  std::string der;
  if (algorithm_ == Algorithm::kEs256) {
    if (signature.size() != 2 * kP256Bytes) return false;
    der = der_of(signature);
    if (der.empty()) return false;
    signature = der;
  }
  const Context context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // Belongs to the context.
  if (!context || EVP_DigestVerifyInit_ex(context.get(), &parameters, row_of(algorithm_).digest,
                                          nullptr, nullptr, pkey_.get(), nullptr) != 1) {
    return false;
  }
  if (algorithm_ == Algorithm::kPs256 &&
      (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
       // As long as the digest (RFC 7518, 3.5).
       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                          bytes_of(signed_text), signed_text.size()) == 1;
}

base::Result<Key> load_key(std::string_view setting) {
  const auto equals = setting.find('=');
  const auto head = setting.substr(0, equals);
  const auto colon = head.find(':');
  const auto algorithm = algorithm_of(head.substr(0, colon));
  if (equals == setting.npos || !algorithm) {
    return base::bad_configuration("jwt_key: write ALG=FILE or ALG:KID=FILE");
  }
  std::string id(colon == head.npos ? std::string_view() : head.substr(colon + 1));
  const std::string path(setting.substr(equals + 1));
  auto text = base::read_small_file(path, kKeyFileBytesMax);
  if (!text) return base::bad_configuration(fmt::format("jwt_key: {}", text.error().detail));
  if (is_symmetric(*algorithm)) {
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
  }
  auto key = is_symmetric(*algorithm)
                 ? Key::from_secret(*algorithm, std::move(id), std::move(*text))
                 : Key::from_pem(*algorithm, std::move(id), *text);
  if (!key) {
    return base::bad_configuration(fmt::format("jwt_key: {}: {}", path, key.error().detail));
  }
  return key;
}

}  // namespace weir::access
