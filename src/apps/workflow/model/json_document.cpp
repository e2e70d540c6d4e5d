#include <fmt/format.h>

#include <cmath>

#include "apps/workflow/model/lines.hpp"
#include "apps/workflow/model/source_document.hpp"
#include "proto/json_reader.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

/// Builds the value that `proto::JsonReader` walks, member by member.
class JsonBuilder {
 public:
  JsonBuilder(std::string_view text, SourceDocument& document, Problems& problems)
      : reader_(text, 1), lines_(text), document_(document), problems_(problems) {}

  bool run() {
    if (!value("", document_.value, 0)) return false;
    if (auto end = reader_.expect_end(); !end) return broken("", end.error());
    return true;
  }

 private:
  Place here() {
    reader_.peek();
    return lines_.place(reader_.at());
  }
  bool wrong(std::string_view pointer, Place place, std::string message) {
    problems_.push_back({std::string(pointer), place.line, place.column, std::move(message)});
    return false;
  }
  bool broken(std::string_view pointer, const base::Error& error) {
    const std::string_view detail = error.detail;
    return wrong(pointer, lines_.place(reader_.failed_at()),
                 fmt::format("this is no JSON: {}", detail.substr(0, detail.rfind(" at byte "))));
  }

  bool value(const std::string& pointer, json::value& made, std::size_t depth) {
    const char next = reader_.peek();
    const Place place = here();
    document_.values.emplace(pointer, place);
    if (depth > kDocumentDepthMax) {
      return wrong(pointer, place, fmt::format("more than {} levels deep", kDocumentDepthMax));
    }
    if (document_.values.size() > kDocumentValuesMax) {
      return wrong(pointer, place, fmt::format("more than {} values", kDocumentValuesMax));
    }
    if (next == '{') return object(pointer, made.emplace_object(), depth);
    if (next == '[') return array(pointer, made.emplace_array(), depth);
    return scalar(pointer, made, place);
  }

  bool object(const std::string& pointer, json::object& made, std::size_t depth) {
    reader_.take('{');
    if (reader_.take('}')) return true;
    for (;;) {
      const Place place = here();
      auto name = reader_.name();
      if (!name) return broken(pointer, name.error());
      const std::string inner = pointer_step(pointer, std::string_view(*name));
      if (made.contains(*name)) {
        return wrong(inner, place, fmt::format("\"{}\" is there twice", *name));
      }
      document_.names.emplace(inner, place);
      if (!value(inner, made[*name], depth + 1)) return false;
      const auto more = reader_.more('}');
      if (!more) return broken(pointer, more.error());
      if (!*more) return true;
    }
  }

  bool array(const std::string& pointer, json::array& made, std::size_t depth) {
    reader_.take('[');
    if (reader_.take(']')) return true;
    for (;;) {
      made.emplace_back(nullptr);
      if (!value(pointer_step(pointer, made.size() - 1), made.back(), depth + 1)) return false;
      const auto more = reader_.more(']');
      if (!more) return broken(pointer, more.error());
      if (!*more) return true;
    }
  }

  bool scalar(const std::string& pointer, json::value& made, Place place) {
    auto read = reader_.value();
    if (!read) return broken(pointer, read.error());
    return std::visit(
        [&](auto& content) {
          using T = std::decay_t<decltype(content)>;
          if constexpr (std::is_same_v<T, std::string>) {
            made = json::string(content);
          } else if constexpr (std::is_same_v<T, double>) {
            if (!std::isfinite(content)) return wrong(pointer, place, "this number is too large");
            made = content;
          } else if constexpr (std::is_arithmetic_v<T>) {
            made = content;
          }
          return true;
        },
        read->content);
  }

  proto::JsonReader reader_;
  Lines lines_;
  SourceDocument& document_;
  Problems& problems_;
};

}  // namespace

std::optional<SourceDocument> read_json(std::string_view text, Problems& problems) {
  SourceDocument document;
  document.text = text;
  if (!JsonBuilder(text, document, problems).run()) return std::nullopt;
  return document;
}

}  // namespace weir::apps::workflow
