#include "base/listen_address.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/refusal.hpp"
#include "base/settings_check.hpp"

namespace weir::base {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kUnixPathBytesMax = 107;  // sockaddr_un, without its NUL.

Result<> read_option(ListenAddress& address, std::string_view option) {
  const std::size_t equals = option.find('=');
  const std::string_view name = option.substr(0, equals);
  const bool has_value = equals != std::string_view::npos;
  const std::string_view value = has_value ? option.substr(equals + 1) : std::string_view();
  if (name == "tls" || name == "proxy_protocol") {
    if (has_value) {
      return bad_configuration(fmt::format("has a value for \"{}\", which takes none", name));
    }
    (name == "tls" ? address.tls : address.proxy_protocol) = true;
    return {};
  }
  if (name == "role") {
    if (value != "public" && value != "admin" && value != "all") {
      return bad_configuration("has no known role: write role=public, role=admin or role=all");
    }
    address.role = value == "public"  ? ListenerRole::kPublic
                   : value == "admin" ? ListenerRole::kAdmin
                                      : ListenerRole::kAll;
    return {};
  }
  if (name == "mode") {
    if (!address.is_unix) {
      return bad_configuration("has a mode, which only the file of a unix: socket has");
    }
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), address.mode, 8);
    if (value.empty() || error != std::errc() || end != value.data() + value.size() ||
        address.mode > 0777) {
      return bad_configuration("has no valid mode: write it in octal digits, as in mode=0660");
    }
    return {};
  }
  return bad_configuration(fmt::format(
      "has the option \"{}\", which is not known: there are tls, role=…, proxy_protocol and mode=…",
      name));
}

}  // namespace

Result<ListenAddress> parse_listen(std::string_view text) {
  ListenAddress address;
  const std::size_t question = text.find('?');
  std::string_view place = text.substr(0, question);
  if (place.starts_with(kUnix)) {
    place.remove_prefix(kUnix.size());
    address.is_unix = true;
    if (!place.starts_with('/')) {
      return bad_configuration(
          "has no absolute path: write unix:/path, as in unix:/run/weir/weir.sock");
    }
    if (place.size() > kUnixPathBytesMax) {
      return bad_configuration(
          fmt::format("has a path of {} bytes, at most {} fit into a socket's address",
                      place.size(), kUnixPathBytesMax));
    }
  } else if (std::string what = check_host_port(place); !what.empty()) {
    return bad_configuration(std::move(what));
  }
  address.place = place;
  std::string_view options =
      question == std::string_view::npos ? std::string_view() : text.substr(question + 1);
  if (question != std::string_view::npos && options.empty()) {
    return bad_configuration("ends with a question mark: write options after it, or leave it out");
  }
  while (!options.empty()) {
    const std::size_t end = options.find('&');
    if (auto read = read_option(address, options.substr(0, end)); !read) return read.error();
    options = end == std::string_view::npos ? std::string_view() : options.substr(end + 1);
  }
  return address;
}

}  // namespace weir::base
