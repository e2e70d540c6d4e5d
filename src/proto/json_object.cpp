#include "proto/json_object.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

namespace weir::proto {

base::Result<> read_object(
    std::string_view text, std::size_t depth_max,
    const std::function<base::Result<>(std::string_view name, JsonValue& value)>& member) {
  JsonReader reader(text, depth_max);
  if (!reader.take('{')) return reader.expected("an object");
  std::set<std::string> names;
  if (!reader.take('}')) {
    for (;;) {
      auto name = reader.name();
      if (!name) return name.error();
      if (!names.insert(*name).second) {
        return base::make_error(base::ErrorCode::kBadJson, "a member's name comes twice");
      }
      auto value = reader.value();
      if (!value) return value.error();
      if (auto taken = member(*name, *value); !taken) return taken;
      const auto more = reader.more('}');
      if (!more) return more.error();
      if (!*more) break;
    }
  }
  return reader.expect_end();
}

base::Result<> read_array(std::string_view text, std::size_t depth_max,
                          const std::function<base::Result<>(JsonValue& value)>& element) {
  JsonReader reader(text, depth_max);
  if (!reader.take('[')) return reader.expected("an array");
  if (!reader.take(']')) {
    for (;;) {
      auto value = reader.value();
      if (!value) return value.error();
      if (auto taken = element(*value); !taken) return taken;
      const auto more = reader.more(']');
      if (!more) return more.error();
      if (!*more) break;
    }
  }
  return reader.expect_end();
}

base::Result<std::vector<std::string>> read_texts(std::string_view text, std::size_t count_max) {
  constexpr std::size_t kDepth = 2;
  const auto bad = [](std::string what) {
    return base::make_error(base::ErrorCode::kBadJson, std::move(what));
  };
  if (!text.starts_with('[')) return bad("is not a list of strings");
  std::vector<std::string> texts;
  auto read = read_array(text, kDepth, [&](JsonValue& element) -> base::Result<> {
    auto* each = std::get_if<std::string>(&element.content);
    if (each == nullptr) return bad("is not a list of strings");
    if (texts.size() == count_max) return bad(fmt::format("holds more than {}", count_max));
    texts.push_back(std::move(*each));
    return {};
  });
  if (!read) return read.error();
  return texts;
}

}  // namespace weir::proto
