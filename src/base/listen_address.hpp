#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::base {

/// Whom a listener serves.
enum class ListenerRole : std::uint8_t { kAll, kPublic, kAdmin };

/// One element of the setting `listen`, in its parts.
struct ListenAddress {
  std::string place;  ///< host:port, or the path of a UNIX socket.
  bool is_unix = false;
  bool tls = false;
  bool proxy_protocol = false;
  ListenerRole role = ListenerRole::kAll;
  std::uint32_t mode = 0660;  ///< Of a UNIX socket's file.

  /// "127.0.0.1:3000", "unix:/run/weir.sock": the address without its options.
  std::string text() const { return is_unix ? "unix:" + place : place; }
};

/// Reads `ADDRESS[?option&option…]`: ADDRESS is host:port ("[::1]:80", ":80" for every address of
/// the machine) or unix:/path; the options are `tls`, `proxy_protocol`, `role=public|admin` and,
/// for a UNIX socket, `mode=0660`. kBadConfiguration with a detail that goes on after the address:
/// "has no port …".
Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace weir::base
