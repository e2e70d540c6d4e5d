#include "access/operators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "access/crypto.hpp"
#include "access/lines.hpp"
#include "base/refusal.hpp"
#include "base/small_file.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::access {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kDepthMax = 2;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._-@").find(c) != std::string_view::npos;
}

struct Entry {
  std::string name;
  std::string password;
};

/// No detail holds a part of the line, which holds a hash.
base::Result<Entry> read_entry(std::string_view line) {
  Entry entry;
  const auto read = proto::read_object(
      line, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
        auto* text = std::get_if<std::string>(&value.content);
        if (name != "name" && name != "password") {
          return base::bad_configuration("only \"name\" and \"password\" are known");
        }
        if (text == nullptr) {
          return base::bad_configuration(fmt::format("\"{}\" is not a string", name));
        }
        (name == "name" ? entry.name : entry.password) = std::move(*text);
        return {};
      });
  if (!read) {
    const bool own = read.error().code == base::ErrorCode::kBadConfiguration;
    return own ? read.error() : base::bad_configuration("this is not a JSON object");
  }
  return entry;
}

}  // namespace

base::Result<> check_operator_name(std::string_view name) {
  if (!name.empty() && name.size() <= kNameBytesMax &&
      std::all_of(name.begin(), name.end(), is_name_character)) {
    return {};
  }
  return base::make_error(base::ErrorCode::kUsage,
                          "a name has 1 to 64 letters, digits, '.', '_', '-' and '@'");
}

base::Result<> Operators::add(std::string_view line) {
  auto entry = read_entry(line);
  if (!entry) return entry.error();
  if (auto named = check_operator_name(entry->name); !named) {
    return base::bad_configuration(named.error().detail);
  }
  auto password = PasswordHash::parse(entry->password);
  if (!password) return password.error();
  auto fingerprint = fingerprint_of(entry->password);
  const auto [at, added] = all_.try_emplace(std::move(entry->name),
                                            Operator{std::move(*password), std::move(fingerprint)});
  if (!added) {
    return base::bad_configuration(fmt::format("the name \"{}\" is used twice", at->first));
  }
  return {};
}

base::Result<Operators> Operators::parse(std::string_view text) {
  Operators operators;
  const auto read = for_each_line(text, [&](std::string_view line) { return operators.add(line); });
  if (!read) return read.error();
  return operators;
}

base::Result<Operators> Operators::load(const std::string& path) {
  if (auto secret = base::check_private(path); !secret) return secret.error();
  const auto text = base::read_small_file(path, kFileBytesMax);
  if (!text) return text.error();
  auto parsed = parse(*text);
  if (!parsed) return base::bad_configuration(fmt::format("{}: {}", path, parsed.error().detail));
  return parsed;
}

const Operator* Operators::find(std::string_view name) const {
  const auto at = all_.find(name);
  return at == all_.end() ? nullptr : &at->second;
}

std::string operator_line(std::string_view name, std::string_view password) {
  return fmt::format(R"({{"name":{},"password":"{}"}})", proto::json_string(name),
                     PasswordHash::make(password).text());
}

std::string operator_name_of(std::string_view line) {
  const auto entry = line.starts_with('{') ? read_entry(line) : base::Result<Entry>(Entry{});
  return entry ? entry->name : std::string();
}

}  // namespace weir::access
