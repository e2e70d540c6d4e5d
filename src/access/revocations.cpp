#include "access/revocations.hpp"

#include <fmt/format.h>

#include <array>

#include "access/lines.hpp"

namespace weir::access {
namespace {

using Kind = Revocation::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 3> kPrefixes = {
    {{"jti:", Kind::kTokenId}, {"sub:", Kind::kSubject}, {"key:", Kind::kKey}}};
constexpr std::size_t kValueBytesMax = 1024;

}  // namespace

base::Result<Revocation> Revocation::parse(std::string_view text) {
  for (const auto& [prefix, kind] : kPrefixes) {
    if (!text.starts_with(prefix)) continue;
    const auto value = text.substr(prefix.size());
    const bool plain = value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos;
    if (value.empty() || value.size() > kValueBytesMax || !plain) break;
    return Revocation{kind, std::string(value)};
  }
  return base::make_error(base::ErrorCode::kBadRequest,
                          "a revocation is jti:ID, sub:SUBJECT or key:NAME, on one line");
}

std::string Revocation::text() const {
  return fmt::format("{}{}", kPrefixes[static_cast<std::size_t>(kind)].first, value);
}

base::Result<Revocations> Revocations::parse(std::string_view text) {
  Revocations revocations;
  const auto read = for_each_line(text, [&](std::string_view line) -> base::Result<> {
    auto revocation = Revocation::parse(line);
    if (!revocation) return revocation.error();
    revocations.add(std::move(*revocation));
    return {};
  });
  if (!read) return read.error();
  return revocations;
}

bool Revocations::covers(const Access& access) const {
  if (!access.authenticated() || all_.empty()) return false;
  if (access.kind == Access::Kind::kKey) return all_.contains({Kind::kKey, access.subject});
  if (!access.token_id.empty() && all_.contains({Kind::kTokenId, access.token_id})) return true;
  if (access.origin) return covers(*access.origin);
  return !access.subject.empty() && all_.contains({Kind::kSubject, access.subject});
}

}  // namespace weir::access
