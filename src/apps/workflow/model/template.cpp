#include "apps/workflow/model/template.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>
#include <vector>

#include "apps/workflow/model/evaluation.hpp"
#include "apps/workflow/model/functions_text.hpp"
#include "apps/workflow/model/report.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

constexpr std::string_view kOpen = "${{";
constexpr std::string_view kClose = "}}";

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

/// A piece of a string: text, or an expression and where its text begins in the string.
struct Piece {
  std::variant<std::string, Expression> content;
  std::size_t at = 0;
};

/// A string with expressions in it.
struct Mixed {
  std::string pointer;  ///< Within the template.
  std::vector<Piece> pieces;

  bool whole() const {
    return pieces.size() == 1 && std::holds_alternative<Expression>(pieces.front().content);
  }
};

}  // namespace

struct Template::Compiled {
  json::value source;
  std::string pointer;         ///< Of the whole, in its document.
  std::vector<Mixed> strings;  ///< In the order in which a walk over the source comes by.
};

namespace {

/// Cuts a string into its pieces. False, with a problem, if an expression in it is none.
bool cut(std::string_view text, const std::string& pointer, Mixed& mixed, Report& report) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = std::min(text.find(kOpen, at), text.size());
    if (open > at) mixed.pieces.push_back({std::string(text.substr(at, open - at)), at});
    if (open == text.size()) break;
    const std::size_t begin = open + kOpen.size();
    auto parsed = Expression::parse_prefix(text.substr(begin));
    if (!parsed.mistakes.empty()) {
      const auto& mistake = parsed.mistakes.front();
      report.inside(pointer, begin + mistake.at, mistake.message);
      return false;
    }
    at = begin + parsed.bytes;
    if (!text.substr(at).starts_with(kClose)) {
      report.inside(pointer, at, "expected an operator or }}");
      return false;
    }
    mixed.pieces.push_back({std::move(parsed.expression), begin});
    at += kClose.size();
  }
  return true;
}

void find_strings(const json::value& value, const std::string& document, const std::string& inner,
                  std::vector<Mixed>& strings, Report& report) {
  if (const auto* text = value.if_string()) {
    if (!holds_expression(view(*text))) return;
    Mixed mixed{.pointer = inner, .pieces = {}};
    if (!cut(view(*text), document + inner, mixed, report)) mixed.pieces.clear();
    strings.push_back(std::move(mixed));
  } else if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      find_strings((*array)[i], document, pointer_step(inner, i), strings, report);
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& each : *object) {
      const std::string_view name(each.key().data(), each.key().size());
      find_strings(each.value(), document, pointer_step(inner, name), strings, report);
    }
  }
}

/// Copies a value, with its strings' expressions evaluated on the way.
class Resolution {
 public:
  Resolution(const std::vector<Mixed>& strings, const Scope& scope)
      : next_(strings.begin()), scope_(scope) {}

  base::Result<json::value> value(const json::value& source) {
    if (const auto* text = source.if_string(); text != nullptr && holds_expression(view(*text))) {
      return string(*text, *next_++);
    }
    if (const auto* array = source.if_array()) {
      json::array made;
      made.reserve(array->size());
      for (const auto& each : *array) {
        auto element = value(each);
        if (!element) return element;
        made.push_back(std::move(*element));
      }
      return json::value(std::move(made));
    }
    if (const auto* object = source.if_object()) {
      json::object made;
      made.reserve(object->size());
      for (const auto& each : *object) {
        auto member = value(each.value());
        if (!member) return member;
        made.emplace(each.key(), std::move(*member));
      }
      return json::value(std::move(made));
    }
    return source;
  }

 private:
  base::Result<json::value> string(const json::string& text, const Mixed& mixed) {
    if (mixed.pieces.empty()) return json::value(text);
    if (mixed.whole()) return evaluated(mixed, std::get<Expression>(mixed.pieces.front().content));
    std::string made;
    for (const auto& piece : mixed.pieces) {
      if (const auto* literal = std::get_if<std::string>(&piece.content)) {
        if (!budget_.spend(literal->size())) return Budget::exhausted();
        made += *literal;
        continue;
      }
      const auto part = evaluated(mixed, std::get<Expression>(piece.content));
      if (!part) return part;
      if (!append_text(made, *part, budget_)) return Budget::exhausted();
    }
    return json::value(json::string(made));
  }

  base::Result<json::value> evaluated(const Mixed& mixed, const Expression& expression) {
    auto value = evaluate(expression, scope_, budget_);
    if (value || mixed.pointer.empty()) return value;
    auto error = value.error();
    error.detail = fmt::format("{}: {}", mixed.pointer.substr(1), error.detail);
    return error;
  }

  std::vector<Mixed>::const_iterator next_;
  const Scope& scope_;
  Budget budget_{Expression::kValueBytesMax};
};

}  // namespace

Template::Template() {
  static const auto nothing = std::make_shared<const Compiled>();
  compiled_ = nothing;
}

Template Template::compile(json::value source, std::string_view pointer, Report& report) {
  auto compiled = std::make_shared<Compiled>();
  compiled->source = std::move(source);
  compiled->pointer = pointer;
  find_strings(compiled->source, compiled->pointer, "", compiled->strings, report);
  Template made;
  made.compiled_ = std::move(compiled);
  return made;
}

const json::value& Template::source() const { return compiled_->source; }

bool Template::is_constant() const { return compiled_->strings.empty(); }

void Template::for_each(const Visit& visit) const {
  for (const auto& mixed : compiled_->strings) {
    for (const auto& piece : mixed.pieces) {
      if (const auto* expression = std::get_if<Expression>(&piece.content)) {
        visit({.expression = *expression,
               .pointer = compiled_->pointer + mixed.pointer,
               .at = piece.at,
               .whole = mixed.whole()});
      }
    }
  }
}

base::Result<json::value> resolve(const Template& value, const Scope& scope) {
  if (value.is_constant()) return value.source();
  return Resolution(value.compiled_->strings, scope).value(value.source());
}

bool holds_expression(std::string_view text) { return text.find(kOpen) != std::string_view::npos; }

std::optional<Expression> compile_condition(std::string_view text, std::string_view pointer,
                                            Report& report) {
  constexpr std::string_view kSpace = " \t\r\n";
  Mixed mixed;
  if (!cut(text.substr(0, text.find_last_not_of(kSpace) + 1), std::string(pointer), mixed,
           report)) {
    return std::nullopt;
  }
  // What stands before it can only be the first piece.
  if (mixed.pieces.size() == 2) {
    const auto* before = std::get_if<std::string>(&mixed.pieces.front().content);
    if (before != nullptr && before->find_first_not_of(kSpace) == std::string::npos) {
      mixed.pieces.erase(mixed.pieces.begin());
    }
  }
  if (!mixed.whole()) {
    report.value(pointer, "a condition is one expression: ${{ … }}");
    return std::nullopt;
  }
  return std::get<Expression>(std::move(mixed.pieces.front().content));
}

}  // namespace weir::apps::workflow
