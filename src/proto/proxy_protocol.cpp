#include "proto/proxy_protocol.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/address_block.hpp"

namespace weir::proto {
namespace {

using Parsed = base::Result<std::optional<ProxyHeader>>;

constexpr std::string_view kVersion1 = "PROXY ";
constexpr std::size_t kVersion1BytesMax = 107;  // Line end included.
constexpr std::string_view kVersion2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kVersion2HeadBytes = 16;

base::Error bad(const char* why) {
  return base::make_error(base::ErrorCode::kBadRequest, std::string("PROXY protocol: ") + why);
}

bool could_begin(std::string_view input, std::string_view mark) {
  const std::size_t common = std::min(input.size(), mark.size());
  return input.substr(0, common) == mark.substr(0, common);
}

/// Up to the next space; fields are parted by exactly one.
std::string_view take_field(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  return port;
}

std::optional<base::AddressBytes> parse_of_family(std::string_view text, bool is_v4) {
  const bool has_colon = text.find(':') != std::string_view::npos;
  return has_colon == is_v4 ? std::nullopt : base::parse_address(text);
}

Parsed parse_version1(std::string_view input) {
  const std::size_t end = input.substr(0, kVersion1BytesMax).find("\r\n");
  if (end == std::string_view::npos) {
    if (input.size() >= kVersion1BytesMax) return bad("the line does not end");
    return std::optional<ProxyHeader>();
  }
  ProxyHeader header{.bytes = end + 2, .source = {}};
  std::string_view line = input.substr(kVersion1.size(), end - kVersion1.size());
  if (line.find('\0') != std::string_view::npos) return bad("a NUL in the line");
  const std::string_view family = take_field(line);
  if (family == "UNKNOWN") return std::optional(header);
  if (family != "TCP4" && family != "TCP6") return bad("neither TCP4, TCP6 nor UNKNOWN");
  const bool is_v4 = family == "TCP4";
  const auto source = parse_of_family(take_field(line), is_v4);
  const auto destination = parse_of_family(take_field(line), is_v4);
  const auto source_port = parse_port(take_field(line));
  const auto destination_port = parse_port(line);
  if (!source || !destination) return bad("an address that is none of its family");
  if (!source_port || !destination_port) return bad("a port that is none");
  header.source = ProxySource{*source, is_v4, *source_port};
  return std::optional(header);
}

std::uint16_t big_endian(std::string_view bytes) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[0]) << 8 |
                                    static_cast<std::uint8_t>(bytes[1]));
}

Parsed parse_version2(std::string_view input) {
  if (input.size() < kVersion2HeadBytes) return std::optional<ProxyHeader>();
  const auto version_command = static_cast<std::uint8_t>(input[12]);
  const auto family = static_cast<std::uint8_t>(input[13]);
  if (version_command != 0x20 && version_command != 0x21) return bad("an unknown command");
  const std::size_t length = big_endian(input.substr(14));
  ProxyHeader header{.bytes = kVersion2HeadBytes + length, .source = {}};
  if (header.bytes > kProxyHeaderBytesMax) return bad("the header is too long");
  // Both addresses, then both ports (section 2.2).
  constexpr std::uint8_t kTcp4 = 0x11;
  constexpr std::uint8_t kTcp6 = 0x21;
  const bool tells = version_command == 0x21 && (family == kTcp4 || family == kTcp6);
  const std::size_t address_bytes = family == kTcp4 ? 4 : 16;
  if (tells && length < 2 * address_bytes + 4) return bad("no room for the addresses");
  if (input.size() < header.bytes) return std::optional<ProxyHeader>();
  if (!tells) return std::optional(header);
  const std::string_view body = input.substr(kVersion2HeadBytes);
  ProxySource source;
  source.is_v4 = family == kTcp4;
  if (source.is_v4) source.address[10] = source.address[11] = 0xff;
  std::copy_n(body.begin(), address_bytes, source.address.end() - address_bytes);
  source.port = big_endian(body.substr(2 * address_bytes));
  header.source = source;
  return std::optional(header);
}

}  // namespace

Parsed parse_proxy_header(std::string_view input) {
  if (could_begin(input, kVersion2)) {
    if (input.size() < kVersion2.size()) return std::optional<ProxyHeader>();
    return parse_version2(input);
  }
  if (could_begin(input, kVersion1)) {
    if (input.size() < kVersion1.size()) return std::optional<ProxyHeader>();
    return parse_version1(input);
  }
  return bad("the connection does not begin with a header");
}

}  // namespace weir::proto
