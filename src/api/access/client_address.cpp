#include "api/access/client_address.hpp"

#include "base/address_block.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"

namespace weir::api {
namespace {

// Who sends more is not a chain of proxies. Beyond the proxies' own, which are the last, nothing is
// believed, so that it is the first ones that are left out.
constexpr std::size_t kHopsMax = 32;

/// The value of `for=` in an element of Forwarded, without quotes.
std::string_view for_of(std::string_view element) {
  while (!element.empty()) {
    const auto end = std::min(element.find(';'), element.size());
    const auto pair = base::trim(element.substr(0, end));
    element.remove_prefix(std::min(end + 1, element.size()));
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

/// The elements of all fields of a name, the nearest proxy's first.
std::vector<std::string_view> hops(const net::RequestHead& head, std::string_view name) {
  std::vector<std::string_view> nearest_first;
  const auto values = head.headers.get_all(name);
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    std::string_view rest = *value;
    for (bool more = true; more && nearest_first.size() < kHopsMax;) {
      const auto comma = rest.rfind(',');
      more = comma != rest.npos;
      nearest_first.push_back(base::trim(more ? rest.substr(comma + 1) : rest));
      rest = rest.substr(0, more ? comma : 0);
    }
  }
  return nearest_first;
}

}  // namespace

std::optional<base::IpAddress> client_address(const net::RequestHead& head,
                                              const base::Settings& settings) {
  std::vector<base::AddressBlock> trusted;
  for (const auto& text : settings.trusted_proxies) {
    if (const auto block = base::parse_address_block(text)) trusted.push_back(*block);
  }
  // Who may open a UNIX socket is decided by its file's mode.
  const auto is_trusted = [&](const std::optional<base::IpAddress>& each) {
    return !each || std::any_of(trusted.begin(), trusted.end(),
                                [&](const auto& block) { return block.contains(each->bytes()); });
  };
  const auto peer = base::address_of_peer(head.peer);
  const auto follow = [&](const std::vector<std::string_view>& told) {
    auto address = peer;
    for (auto hop = told.begin(); hop != told.end() && is_trusted(address); ++hop) {
      const auto next = base::address_of_peer(*hop);
      if (!next) break;  // "unknown", or made up: the last that is known counts.
      address = next;
    }
    return address;
  };
  auto forwarded = hops(head, "Forwarded");
  for (auto& element : forwarded) element = for_of(element);
  const auto x_forwarded_for = hops(head, "X-Forwarded-For");
  if (forwarded.empty()) return follow(x_forwarded_for);
  const auto address = follow(forwarded);
  // Most proxies write one of the two, and pass on what the client says in the other.
  const bool agree = x_forwarded_for.empty() || follow(x_forwarded_for) == address;
  return agree ? address : peer;
}

std::string address_text(const std::optional<base::IpAddress>& address, std::string_view without) {
  return address ? address->text() : std::string(without);
}

}  // namespace weir::api
