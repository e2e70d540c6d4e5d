#include "api/access/client_address.hpp"

#include "base/address_block.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"

namespace weir::api {
namespace {

// Who sends more is not a chain of proxies.
constexpr std::size_t kHopsMax = 32;

std::vector<std::string_view> cut(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (parts.size() <= kHopsMax) {
    const auto end = text.find(at);
    parts.push_back(base::trim(text.substr(0, end)));
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

/// The value of `for=` in an element of Forwarded, without quotes.
std::string_view for_of(std::string_view element) {
  for (const auto pair : cut(element, ';')) {
    const auto equals = pair.find('=');
    if (equals == pair.npos || !base::equal_ignoring_case(pair.substr(0, equals), "for")) continue;
    auto value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return {};
}

/// The hops as they were told, the client's own first.
std::vector<std::string_view> hops(const net::RequestHead& head) {
  std::vector<std::string_view> all;
  for (const auto value : head.headers.get_all("Forwarded")) {
    for (const auto element : cut(value, ',')) all.push_back(for_of(element));
  }
  if (!all.empty()) return all;
  for (const auto value : head.headers.get_all("X-Forwarded-For")) {
    for (const auto element : cut(value, ',')) all.push_back(element);
  }
  return all;
}

}  // namespace

std::optional<base::IpAddress> client_address(const net::RequestHead& head,
                                              const base::Settings& settings) {
  auto address = base::address_of_peer(head.peer);
  std::vector<base::AddressBlock> trusted;
  for (const auto& text : settings.trusted_proxies) {
    if (const auto block = base::parse_address_block(text)) trusted.push_back(*block);
  }
  // Who may open a UNIX socket is decided by its file's mode.
  const auto is_trusted = [&](const std::optional<base::IpAddress>& each) {
    return !each || std::any_of(trusted.begin(), trusted.end(),
                                [&](const auto& block) { return block.contains(each->bytes()); });
  };
  const auto told = hops(head);
  for (auto hop = told.rbegin(); hop != told.rend() && is_trusted(address); ++hop) {
    const auto next = base::address_of_peer(*hop);
    if (!next) break;  // "unknown", or made up: the last that is known counts.
    address = next;
  }
  return address;
}

std::string client_address_text(const net::RequestHead& head, const base::Settings& settings) {
  constexpr std::string_view kMapped = "::ffff:";
  const auto address = client_address(head, settings);
  if (!address) return "unix";
  auto text = address->text();
  return address->is_v4() && text.starts_with(kMapped) ? text.substr(kMapped.size()) : text;
}

}  // namespace weir::api
