#include "access/grants.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "proto/event.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::access {
namespace {

using proto::JsonValue;

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kSelectorsMax = 1'000;

base::Error invalid(std::string detail) {
  return base::make_error(base::ErrorCode::kInvalidToken, std::move(detail));
}

base::Result<std::vector<std::string>> texts_of(std::string_view name, const JsonValue& value,
                                                std::size_t most) {
  auto texts = proto::read_texts(value.bytes, most);
  if (!texts) return invalid(fmt::format("\"{}\" {}", name, texts.error().detail));
  return texts;
}

base::Result<> read_selectors(std::string_view name, const JsonValue& value,
                              proto::Selectors& out) {
  const auto texts = texts_of(name, value, kSelectorsMax);
  if (!texts) return texts.error();
  auto selectors = selectors_of(*texts);
  if (!selectors) return invalid(fmt::format("\"{}\": {}", name, selectors.error().detail));
  out = std::move(*selectors);
  return {};
}

base::Result<> read_number(std::string_view name, const JsonValue& value, std::uint64_t& out) {
  const auto* number = std::get_if<std::int64_t>(&value.content);
  if (number == nullptr || *number <= 0) {
    return invalid(fmt::format("\"{}\" is not a whole number above 0", name));
  }
  out = static_cast<std::uint64_t>(*number);
  return {};
}

base::Result<> read_limits(const JsonValue& value, Grants::Limits& limits) {
  if (!value.bytes.starts_with('{')) return invalid("\"limits\" is not an object");
  return proto::read_object(value.bytes, kDepthMax,
                            [&](std::string_view name, JsonValue& each) -> base::Result<> {
                              if (name == "connections") {
                                return read_number(name, each, limits.connections);
                              }
                              if (name == "publish_rate") {
                                return read_number(name, each, limits.publish_rate);
                              }
                              return invalid("\"limits\" holds what is not known");
                            });
}

base::Result<> read_member(std::string_view name, JsonValue& value, Grants& grants) {
  if (name == "publish") return read_selectors(name, value, grants.publish);
  if (name == "subscribe") return read_selectors(name, value, grants.subscribe);
  if (name == "limits") return read_limits(value, grants.limits);
  if (name == "fields") {
    const auto paths = texts_of(name, value, proto::FieldMask::kPathsMax);
    if (!paths) return paths.error();
    auto mask = proto::FieldMask::parse(fmt::format("{}", fmt::join(*paths, ",")));
    if (!mask) return invalid(fmt::format("\"fields\": {}", mask.error().detail));
    grants.fields = std::make_shared<const proto::FieldMask>(std::move(*mask));
    return {};
  }
  if (name == "admin") {
    const bool* admin = std::get_if<bool>(&value.content);
    if (admin == nullptr) return invalid("\"admin\" is neither true nor false");
    grants.admin = *admin;
    return {};
  }
  return invalid("the \"weir\" claim holds what is not known");
}

base::Result<Grants> read(
    std::string_view json,
    const std::function<base::Result<>(std::string_view, JsonValue&, Grants&)>& member) {
  Grants grants;
  const auto done = proto::read_object(
      json, kDepthMax,
      [&](std::string_view name, JsonValue& value) { return member(name, value, grants); });
  if (done) return grants;
  if (done.error().code == base::ErrorCode::kInvalidToken) return done.error();
  return invalid("what it grants is not a JSON object");
}

base::Result<> read_mercure_selectors(std::string_view name, const JsonValue& value,
                                      proto::Selectors& out) {
  const auto texts = texts_of(name, value, kSelectorsMax);
  if (!texts) return texts.error();
  std::vector<std::string> names;
  std::vector<std::string> patterns;
  for (const auto& text : *texts) {
    if (text == "*") {
      patterns.emplace_back("**");
    } else if (text.find('{') == std::string::npos) {
      // In Mercure only braces make a template; any other text is a name.
      if (proto::validate_topic(text)) names.push_back(text);
    } else if (text.find('*') == std::string::npos && proto::Pattern::parse(text)) {
      patterns.push_back(text);
    }
  }
  if (names.empty() && patterns.empty()) return {};
  auto selectors = proto::make_selectors(names, patterns, kSelectorsMax);
  if (!selectors) return invalid(fmt::format("\"{}\": {}", name, selectors.error().detail));
  out = std::move(*selectors);
  return {};
}

}  // namespace

Grants all_grants() {
  Grants grants;
  grants.publish = *selectors_of({"**"});
  grants.subscribe = grants.publish;
  grants.admin = true;
  return grants;
}

base::Result<proto::Selectors> selectors_of(const std::vector<std::string>& texts) {
  if (texts.empty()) return proto::Selectors{};
  return proto::make_selectors({}, texts, kSelectorsMax);
}

base::Result<Grants> read_grants(std::string_view json) { return read(json, read_member); }

base::Result<Grants> read_mercure_grants(std::string_view json) {
  return read(json, [](std::string_view name, JsonValue& value, Grants& grants) -> base::Result<> {
    if (name == "publish") return read_mercure_selectors(name, value, grants.publish);
    if (name == "subscribe") return read_mercure_selectors(name, value, grants.subscribe);
    return {};  // `payload`, and what a later version may add: none of it grants anything.
  });
}

namespace {

std::string selectors_json(const proto::Selectors& selectors) {
  auto texts = selectors.topics;
  for (const auto& pattern : selectors.patterns) texts.push_back(pattern.text());
  return proto::json_array(texts);
}

}  // namespace

std::string grants_json(const Grants& grants) {
  std::vector<std::string> limits;
  for (const auto& [name, value] : {std::pair{"connections", grants.limits.connections},
                                    std::pair{"publish_rate", grants.limits.publish_rate}}) {
    if (value != 0) limits.push_back(fmt::format("\"{}\":{}", name, value));
  }
  return fmt::format(R"({{"publish":{},"subscribe":{},"fields":{},"limits":{{{}}},"admin":{}}})",
                     selectors_json(grants.publish), selectors_json(grants.subscribe),
                     grants.fields ? proto::json_array(grants.fields->paths()) : "null",
                     fmt::join(limits, ","), grants.admin);
}

}  // namespace weir::access
