#include "api/websocket/handshake.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/ascii.hpp"
#include "base/check.hpp"

namespace weir::api {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kVersion = "13";
constexpr std::string_view kProtocol = "weir.v1";
constexpr std::size_t kKeyBytes = 24;  // 16 bytes as base64.

/// The elements of a list in fields of one name, trimmed.
std::vector<std::string_view> elements(const net::Headers& headers, std::string_view name,
                                       char separator = ',') {
  std::vector<std::string_view> all;
  for (std::string_view rest : headers.get_all(name)) {
    while (!rest.empty()) {
      const auto end = std::min(rest.find(separator), rest.size());
      all.push_back(base::trim(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return all;
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

bool is_key(std::string_view key) {
  return key.size() == kKeyBytes && key.ends_with("==") &&
         std::all_of(key.begin(), key.end() - 2, is_base64);
}

/// The answer to an offer of permessage-deflate, if it is one that can be taken up (RFC 7692, 7.1).
/// Whatever was offered, neither side takes its context over: a frame is then the same for every
/// subscriber, and a connection keeps no window. A smaller window of the server's is not had here.
std::optional<std::string> take_offer(std::string_view offer) {
  bool first = true;
  while (!offer.empty()) {
    const auto end = std::min(offer.find(';'), offer.size());
    const auto parameter = base::trim(offer.substr(0, end));
    offer.remove_prefix(std::min(end + 1, offer.size()));
    if (first) {
      if (parameter != "permessage-deflate") return std::nullopt;
      first = false;
      continue;
    }
    const auto name = base::trim(parameter.substr(0, parameter.find('=')));
    const bool bare = name.size() == parameter.size();
    const bool known =
        (bare && (name == "server_no_context_takeover" || name == "client_no_context_takeover")) ||
        name == "client_max_window_bits";
    if (!known) return std::nullopt;
  }
  if (first) return std::nullopt;
  return "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
}

}  // namespace

bool wants_websocket(const Call& call) {
  return call.head().headers.has_token("Upgrade", "websocket");
}

std::string accept_value(std::string_view key) {
  const auto text = std::string(key).append(kGuid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned digest_bytes = 0;
  WEIR_CHECK(
      EVP_Digest(text.data(), text.size(), digest.data(), &digest_bytes, EVP_sha1(), nullptr) == 1,
      "SHA-1 is there");
  std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> encoded;
  const int bytes = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest_bytes));
  return {encoded.begin(), encoded.begin() + bytes};
}

bool origin_may_connect(const net::RequestHead& head, const base::Settings& settings) {
  const auto origin = head.headers.get("Origin");
  if (!origin) return true;
  for (const auto& allowed : settings.cors_origin) {
    if (allowed == "*" || allowed == *origin) return true;
  }
  const auto host = head.headers.get("Host").value_or(std::string_view{});
  const auto scheme_end = origin->find("://");
  return scheme_end != std::string_view::npos && !host.empty() &&
         base::equal_ignoring_case(origin->substr(scheme_end + 3), host);
}

base::Result<Handshake> shake_hands(const Call& call) {
  const auto& headers = call.head().headers;
  const auto bad = [](std::string_view what) {
    return base::make_error(base::ErrorCode::kBadRequest, std::string(what));
  };
  if (call.head().method != "GET") return bad("a WebSocket is opened by GET");
  if (call.head().minor_version < 1) return bad("a WebSocket is opened by HTTP/1.1");
  if (!headers.has_token("Connection", "upgrade")) return bad("Connection must name upgrade");
  const auto version = headers.get("Sec-WebSocket-Version").value_or(std::string_view{});
  if (version != kVersion) {
    return base::make_error(base::ErrorCode::kUpgradeRequired, "Sec-WebSocket-Version must be 13");
  }
  const auto keys = headers.get_all("Sec-WebSocket-Key");
  if (keys.size() != 1 || !is_key(keys.front())) {
    return bad("Sec-WebSocket-Key must be 16 bytes in base64");
  }
  if (!origin_may_connect(call.head(), call.settings())) {
    return base::make_error(base::ErrorCode::kForeignOrigin,
                            std::string(headers.get("Origin").value_or("")));
  }

  Handshake handshake;
  auto& response = handshake.response;
  response.status = 101;
  response.set("Upgrade", "websocket");
  response.set("Connection", "Upgrade");
  response.set("Sec-WebSocket-Accept", accept_value(keys.front()));
  const auto protocols = elements(headers, "Sec-WebSocket-Protocol");
  if (std::find(protocols.begin(), protocols.end(), kProtocol) != protocols.end()) {
    response.set("Sec-WebSocket-Protocol", std::string(kProtocol));
  }
  if (call.settings().websocket_compression) {
    for (const auto offer : elements(headers, "Sec-WebSocket-Extensions")) {
      auto taken = take_offer(offer);
      if (!taken) continue;
      response.set("Sec-WebSocket-Extensions", std::move(*taken));
      handshake.compressed = true;
      break;
    }
  }
  return handshake;
}

void answer_upgrade_required(Call& call, const base::Error& error) {
  auto response = net::problem_response(error);
  response.set("Upgrade", "websocket");
  response.set("Connection", "Upgrade");
  response.set("Sec-WebSocket-Version", std::string(kVersion));
  call.respond(std::move(response));
}

}  // namespace weir::api
