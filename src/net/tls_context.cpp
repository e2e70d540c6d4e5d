#include "net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <ctime>
#include <string_view>

#include "base/check.hpp"
#include "net/tls_error.hpp"

namespace weir::net {

/// What the callbacks of a context need; lives as long as OpenSSL's own object, which a handshake
/// may keep beyond ours.
struct TlsContext::Shared {
  std::shared_ptr<TlsTickets> tickets;

  static int index() {
    static const int index = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr, [](void*, void* shared, CRYPTO_EX_DATA*, int, long, void*) {
          delete static_cast<Shared*>(shared);
        });
    return index;
  }
  static Shared& of(SSL* ssl) {
    return *static_cast<Shared*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index()));
  }

  static int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_length,
                             const unsigned char* offered, unsigned int offered_length, void*);
  static int use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv,
                            EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int writes);
};

namespace {

// Mozilla's "intermediate" without the finite-field exchanges that its version 6 dropped, too:
// every suite has forward secrecy and an AEAD, and HTTP/2 allows all of them (RFC 9113, 9.2.2).
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";

// What ALPN offers, the preferred first (RFC 7301, 3.1).
constexpr std::string_view kProtocols = "\x02h2\x08http/1.1";

base::Error refused(std::string_view setting, const std::string& path, const std::string& why) {
  return base::make_error(base::ErrorCode::kBadConfiguration,
                          fmt::format("{}: {}: {}", setting, path, why));
}

/// OpenSSL's words for a file that cannot be opened name its own source.
base::Result<> check_readable(std::string_view setting, const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return refused(setting, path, std::strerror(errno));
  return {};
}

/// The session's certificates were checked against these authorities: a ticket is good for no
/// others.
void set_session_identity(SSL_CTX* context, const base::Settings& settings) {
  std::string rules = "weir " + settings.tls_client_verify;
  if (settings.tls_client_verify != "none") {
    const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
      const X509* certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
      std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
      unsigned int size = 0;
      if (certificate != nullptr &&
          X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1) {
        rules.append(reinterpret_cast<const char*>(digest.data()), size);
      }
    }
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> identity;
  unsigned int size = 0;
  WEIR_CHECK(
      EVP_Digest(rules.data(), rules.size(), identity.data(), &size, EVP_sha256(), nullptr) == 1,
      "SHA-256 is there");
  WEIR_CHECK(SSL_CTX_set_session_id_context(context, identity.data(), size) == 1,
             "32 bytes are allowed");
}

std::int64_t unix_seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(::timegm(&parts)) : 0;
}

void set_rules(SSL_CTX* context, const base::Settings& settings) {
  SSL_CTX_set_min_proto_version(
      context, settings.tls_min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  WEIR_CHECK(SSL_CTX_set_cipher_list(context, kCiphers) == 1, "OpenSSL knows the suites");
  WEIR_CHECK(SSL_CTX_set1_groups_list(context, kGroups) == 1, "OpenSSL knows the groups");
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (settings.tls_kernel) SSL_CTX_set_options(context, SSL_OP_ENABLE_KTLS);
  // An idle connection holds no buffers; a record may be taken in part, and by a buffer that has
  // moved since.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A session lives in the client's ticket, not here: any shard can resume it, and none remembers.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

}  // namespace

std::string take_tls_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* const words = ERR_reason_error_string(code);
  std::string text = words != nullptr ? words : fmt::format("error {:x}", code);
  ERR_clear_error();
  return text;
}

void SslDelete::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

int TlsContext::Shared::choose_protocol(SSL* ssl, const unsigned char** out,
                                        unsigned char* out_length, const unsigned char* offered,
                                        unsigned int offered_length, void*) {
  const std::string_view ours = kProtocols;
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(
      &chosen, out_length, reinterpret_cast<const unsigned char*>(ours.data()),
      static_cast<unsigned int>(ours.size()), offered, offered_length);
  // A client that speaks neither is told so, instead of being answered in what it did not offer
  // (RFC 7301, 3.2).
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int TlsContext::Shared::use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv,
                                       EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int writes) {
  TlsTickets& tickets = *of(ssl).tickets;
  const auto now = std::chrono::steady_clock::now();
  TlsTickets::Found found;
  if (writes != 0) {
    found.key = tickets.current(now);
    std::memcpy(name, found.key.name.data(), found.key.name.size());
    if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1) return -1;
  } else {
    auto known = tickets.find({reinterpret_cast<const char*>(name), found.key.name.size()}, now);
    if (!known) return 0;  // A full handshake.
    found = *known;
  }
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, found.key.mac.data(),
                                        found.key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
      OSSL_PARAM_construct_end()};
  const bool ready = EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, found.key.cipher.data(),
                                       iv, writes) == 1 &&
                     EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
  OPENSSL_cleanse(&found.key, sizeof found.key);
  if (!ready) return -1;
  return found.current ? 1 : 2;
}

base::Result<std::shared_ptr<const TlsContext>> TlsContext::load(
    const base::Settings& settings, std::shared_ptr<TlsTickets> tickets) {
  SSL_CTX* const raw = SSL_CTX_new(TLS_server_method());
  WEIR_CHECK(raw != nullptr, "OpenSSL has its default provider");
  const std::shared_ptr<TlsContext> context(new TlsContext(raw));
  set_rules(raw, settings);
  tickets->set_rotation(settings.tls_ticket_rotation);
  SSL_CTX_set_timeout(raw, settings.tls_ticket_rotation.count() / 1000);
  auto shared = std::make_unique<Shared>();
  shared->tickets = std::move(tickets);
  WEIR_CHECK(SSL_CTX_set_ex_data(raw, Shared::index(), shared.get()) == 1, "memory for a pointer");
  shared.release();
  SSL_CTX_set_alpn_select_cb(raw, Shared::choose_protocol, nullptr);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(raw, Shared::use_ticket_key);
  ERR_clear_error();
  if (auto loaded = context->load_certificate(settings); !loaded) return loaded.error();
  if (auto loaded = context->load_client_ca(settings); !loaded) return loaded.error();
  set_session_identity(raw, settings);
  return context;
}

base::Result<> TlsContext::load_certificate(const base::Settings& settings) {
  const std::string& certificate = settings.tls_certificate;
  const bool apart = !settings.tls_key.empty();
  const std::string& key = apart ? settings.tls_key : certificate;
  const std::string_view key_setting = apart ? "tls_key" : "tls_certificate";
  if (auto readable = check_readable("tls_certificate", certificate); !readable) return readable;
  if (auto readable = check_readable(key_setting, key); !readable) return readable;
  // Without this OpenSSL would ask for a pass phrase on the terminal.
  SSL_CTX_set_default_passwd_cb(context_, [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_certificate_chain_file(context_, certificate.c_str()) != 1) {
    return refused("tls_certificate", certificate,
                   fmt::format("no certificate in PEM form ({})", take_tls_error()));
  }
  if (SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                       ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
    const std::string words = take_tls_error();
    return refused(
        key_setting, key,
        other ? "the key of another certificate than tls_certificate's"
              : fmt::format("no private key in PEM form without a pass phrase ({})", words));
  }
  if (SSL_CTX_check_private_key(context_) != 1) {
    ERR_clear_error();
    return refused(key_setting, key, "the key of another certificate than tls_certificate's");
  }
  expires_at_ = unix_seconds_of(X509_get0_notAfter(SSL_CTX_get0_certificate(context_)));
  return {};
}

base::Result<> TlsContext::load_client_ca(const base::Settings& settings) {
  if (settings.tls_client_verify == "none") return {};
  const std::string& file = settings.tls_client_ca;
  if (auto readable = check_readable("tls_client_ca", file); !readable) return readable;
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(context_, file.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return refused("tls_client_ca", file,
                   fmt::format("no certificate in PEM form ({})", take_tls_error()));
  }
  SSL_CTX_set_client_CA_list(context_, names);
  const bool required = settings.tls_client_verify == "required";
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return {};
}

SslPointer TlsContext::accept(int descriptor) const {
  SslPointer ssl(SSL_new(context_));
  if (ssl == nullptr || SSL_set_fd(ssl.get(), descriptor) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace weir::net
