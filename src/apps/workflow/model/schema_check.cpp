#include "apps/workflow/model/schema_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "apps/workflow/model/functions_text.hpp"
#include "apps/workflow/model/numbers.hpp"
#include "apps/workflow/model/schema_formats.hpp"
#include "base/nearest.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

constexpr std::size_t kBytesPerStep = 64;    // Of text that a pattern is matched against.
constexpr std::size_t kNamesCompared = 100;  // To suggest one of them.

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }
std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

/// Whether "integer" is named, and "number", which would allow any, is not.
bool integers_only(const json::value& names) {
  const auto is = [&](std::string_view name) {
    const auto same = [&](const json::value& each) {
      return each.is_string() && view(each.get_string()) == name;
    };
    const auto* list = names.if_array();
    return list == nullptr ? same(names) : std::any_of(list->begin(), list->end(), same);
  };
  return is("integer") && !is("number");
}

bool is_whole(const json::value& number) {
  const double* value = number.if_double();
  return value == nullptr || std::trunc(*value) == *value;
}

std::string shown(const json::value& value) {
  constexpr std::size_t kShownBytes = 60;
  auto text = json::serialize(value);
  if (text.size() > kShownBytes) text = std::string(characters(text, 0, kShownBytes)) + "…";
  return text;
}

std::string listed(const json::array& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += i + 1 == values.size() ? " or " : ", ";
    text += shown(values[i]);
  }
  return text;
}

/// The name X if the schema is {"required": ["X"]} and nothing else.
const json::string* only_required(const json::value& schema) {
  const auto* object = schema.if_object();
  const auto* names =
      object != nullptr && object->size() == 1 ? object->if_contains("required") : nullptr;
  const auto* list = names == nullptr ? nullptr : names->if_array();
  return list != nullptr && list->size() == 1 ? list->front().if_string() : nullptr;
}

}  // namespace

Types types_named(const json::value& names) {
  const auto one = [](const json::value& value) -> Types {
    const auto* name = value.if_string();
    if (name == nullptr) return 0;
    if (*name == "null") return kNullType;
    if (*name == "boolean") return kBoolType;
    if (*name == "number" || *name == "integer") return kNumberType;
    if (*name == "string") return kStringType;
    if (*name == "array") return kArrayType;
    if (*name == "object") return kObjectType;
    return 0;
  };
  const auto* list = names.if_array();
  if (list == nullptr) return one(names);
  Types types = 0;
  for (const auto& each : *list) types = static_cast<Types>(types | one(each));
  return types;
}

/// One schema held against one value.
class SchemaCheck::Visit {
 public:
  Visit(SchemaCheck& check, const json::object& schema, const json::value& value,
        const std::string& pointer, Report& report)
      : check_(check), schema_(schema), value_(value), pointer_(pointer), report_(report) {}

  void run() {
    if (const auto* reference = member("$ref"); reference != nullptr && reference->is_string()) {
      if (const auto* target = find_reference(check_.root_, view(reference->get_string()))) {
        check_.check(*target, value_, pointer_, report_);
      }
    }
    const auto known = check_.types_ ? check_.types_(pointer_) : std::nullopt;
    if (known) return expression(*known);
    if (!has_type()) return;
    listed_values();
    if (value_.is_string()) string(value_.get_string());
    if (value_.is_number()) number();
    if (value_.is_array()) array(value_.get_array());
    if (value_.is_object()) object(value_.get_object());
    combinations();
  }

 private:
  const json::value* member(std::string_view name) const { return schema_.if_contains(name); }
  void spend(std::size_t steps) { check_.steps_ += steps; }
  void wrong(std::string message) { report_.value(pointer_, std::move(message)); }
  /// The keyword's number of things; nothing if there is none.
  std::optional<std::uint64_t> count(std::string_view name) const {
    const auto* value = member(name);
    const auto number = value == nullptr || !value->is_number() ? std::nullopt : as_integer(*value);
    if (!number || *number < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
  }
  /// Whether a value below this one, or this one, fits the schema; what does not goes to
  /// `problems`.
  bool fits(const json::value& schema, Problems* problems = nullptr) {
    Report quiet;
    check_.check(schema, value_, pointer_, quiet);
    if (quiet.empty()) return true;
    if (problems != nullptr) *problems = quiet.take(quiet.size());
    return false;
  }

  void expression(Types known) {
    const auto* type = member("type");
    if (type == nullptr) return;
    const Types wanted = types_named(*type);
    if ((known & wanted) == 0) {
      wrong(fmt::format("the expression gives {} where {} is wanted", types_text(known),
                        types_text(wanted)));
    }
  }

  bool has_type() {
    const auto* type = member("type");
    if (type == nullptr) return true;
    const Types wanted = types_named(*type);
    if ((type_of(value_) & wanted) == 0) {
      wrong(fmt::format("this is {} where {} is wanted", types_text(type_of(value_)),
                        types_text(wanted)));
      return false;
    }
    if (value_.is_number() && integers_only(*type) && !is_whole(value_)) {
      wrong(fmt::format("{} is no whole number", shown(value_)));
    }
    return true;
  }

  void listed_values() {
    if (const auto* allowed = member("enum"); allowed != nullptr && allowed->is_array()) {
      const auto& values = allowed->get_array();
      spend(values.size());
      const bool found = std::any_of(values.begin(), values.end(),
                                     [&](const auto& each) { return equal(each, value_); });
      if (!found) wrong(fmt::format("{} is not {}{}", shown(value_), listed(values), near(values)));
    }
    if (const auto* only = member("const"); only != nullptr && !equal(*only, value_)) {
      wrong(fmt::format("{} is not {}", shown(value_), shown(*only)));
    }
  }
  std::string near(const json::array& values) const {
    if (!value_.is_string()) return {};
    std::vector<std::string> names;
    if (values.size() > kNamesCompared) return {};
    for (const auto& each : values) {
      if (each.is_string()) names.emplace_back(view(each.get_string()));
    }
    return base::did_you_mean(view(value_.get_string()), names);
  }

  void string(const json::string& text) {
    const auto least = count("minLength");
    const auto most = count("maxLength");
    if (least || most) {
      const std::size_t length = count_characters(view(text));
      if (least && length < *least) {
        wrong(length == 0 ? "this is empty" : fmt::format("shorter than {} characters", *least));
      }
      if (most && length > *most) wrong(fmt::format("longer than {} characters", *most));
    }
    if (const auto* pattern = member("pattern"); pattern != nullptr && pattern->is_string()) {
      spend(text.size() / kBytesPerStep);
      if (!check_.patterns_.matches(view(pattern->get_string()), view(text))) {
        wrong(fmt::format("{} does not match the pattern {}", shown(value_),
                          view(pattern->get_string())));
      }
    }
    if (const auto* format = member("format"); format != nullptr && format->is_string()) {
      auto problem = format_problem(view(format->get_string()), view(text));
      if (!problem.empty()) wrong(std::move(problem));
    }
  }

  void number() {
    const auto bound = [&](std::string_view name, auto breaks, std::string_view what) {
      const auto* limit = member(name);
      if (limit == nullptr || !limit->is_number() || !breaks(order_of(value_, *limit))) return;
      wrong(fmt::format("{} is not {} {}", shown(value_), what, shown(*limit)));
    };
    bound("minimum", [](auto order) { return order < 0; }, "at least");
    bound("maximum", [](auto order) { return order > 0; }, "at most");
    bound("exclusiveMinimum", [](auto order) { return order <= 0; }, "more than");
    bound("exclusiveMaximum", [](auto order) { return order >= 0; }, "less than");
    if (const auto* step = member("multipleOf"); step != nullptr && step->is_number()) {
      const double quotient = as_double(value_) / as_double(*step);
      // 0.3 is a multiple of 0.1 to people, though not to doubles.
      if (std::abs(quotient - std::round(quotient)) > 1e-9) {
        wrong(fmt::format("{} is no multiple of {}", shown(value_), shown(*step)));
      }
    }
  }

  void size(std::size_t size, std::string_view least_name, std::string_view most_name,
            std::string_view what) {
    const auto least = count(least_name);
    const auto most = count(most_name);
    if (least && size < *least) wrong(fmt::format("fewer than {} {}", *least, what));
    if (most && size > *most) wrong(fmt::format("more than {} {}", *most, what));
  }

  void array(const json::array& items) {
    size(items.size(), "minItems", "maxItems", "items");
    if (const auto* unique = member("uniqueItems");
        unique != nullptr && unique->is_bool() && unique->get_bool()) {
      unique_items(items);
    }
    const auto* schema = member("items");
    if (schema == nullptr) return;
    for (std::size_t i = 0; i < items.size(); ++i) {
      check_.check(*schema, items[i], pointer_step(pointer_, i), report_);
    }
  }
  void unique_items(const json::array& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        // Pairs cost as schemas do: an array may be long.
        if (++check_.steps_ > kStepsMax) return;
        if (!equal(items[i], items[j])) continue;
        report_.value(pointer_step(pointer_, i), fmt::format("the same as item {}", j));
        break;
      }
    }
  }

  void object(const json::object& members) {
    size(members.size(), "minProperties", "maxProperties", "members");
    const auto* named = member("properties");
    const auto* properties = named == nullptr ? nullptr : named->if_object();
    const auto* others = member("additionalProperties");
    if (const auto* required = member("required"); required != nullptr && required->is_array()) {
      spend(required->get_array().size());
      for (const auto& name : required->get_array()) {
        if (name.is_string() && !members.contains(name.get_string())) {
          wrong(fmt::format("\"{}\" is missing", view(name.get_string())));
        }
      }
    }
    for (const auto& each : members) {
      const auto name = view(each.key());
      const auto* schema = properties == nullptr ? nullptr : properties->if_contains(each.key());
      const bool known = schema != nullptr;
      if (!known) schema = others;
      if (schema == nullptr) continue;
      const std::string inner = pointer_step(pointer_, name);
      if (!known && schema->is_bool() && !schema->get_bool()) {
        report_.name(inner,
                     fmt::format("there is no \"{}\" here{}", name, near_name(name, properties)));
        continue;
      }
      check_.check(*schema, each.value(), inner, report_);
    }
  }
  static std::string near_name(std::string_view name, const json::object* properties) {
    std::vector<std::string> names;
    if (properties != nullptr && properties->size() <= kNamesCompared) {
      for (const auto& each : *properties) names.emplace_back(view(each.key()));
    }
    return base::did_you_mean(name, names);
  }

  void combinations() {
    if (const auto* all = member("allOf"); all != nullptr && all->is_array()) {
      for (const auto& each : all->get_array()) check_.check(each, value_, pointer_, report_);
    }
    if (const auto* any = member("anyOf"); any != nullptr && any->is_array()) {
      alternatives(any->get_array(), false);
    }
    if (const auto* one = member("oneOf"); one != nullptr && one->is_array()) {
      alternatives(one->get_array(), true);
    }
    if (const auto* no = member("not"); no != nullptr && fits(*no)) excluded(*no);
    if (const auto* condition = member("if"); condition != nullptr) {
      const auto* then = member(fits(*condition) ? "then" : "else");
      if (then != nullptr) check_.check(*then, value_, pointer_, report_);
    }
  }

  void excluded(const json::value& schema) {
    const auto* object = schema.if_object();
    const auto* names = object == nullptr ? nullptr : object->if_contains("required");
    if (names != nullptr && object->size() == 1 && names->is_array()) {
      std::string text;
      for (const auto& each : names->get_array())
        text += (text.empty() ? "" : " and ") + shown(each);
      return wrong(fmt::format("{} cannot be given together", text));
    }
    wrong("this is what the schema excludes");
  }

  void alternatives(const json::array& schemas, bool exactly_one) {
    std::size_t fitting = 0;
    Problems best;
    std::string names;
    bool members_only = !schemas.empty();
    for (const auto& each : schemas) {
      Problems problems;
      if (fits(each, &problems)) {
        ++fitting;
      } else if (best.empty() || problems.size() < best.size()) {
        best = std::move(problems);
      }
      const auto* name = only_required(each);
      members_only = members_only && name != nullptr;
      if (name != nullptr)
        names += fmt::format("{}\"{}\"", names.empty() ? "" : " or ", view(*name));
    }
    if (fitting == 1 || (fitting > 1 && !exactly_one)) return;
    if (members_only) {
      return wrong(fmt::format("{}{} is wanted", names, fitting == 0 ? "" : ", but only one,"));
    }
    if (fitting > 1) return wrong(fmt::format("{} alternatives fit where one must", fitting));
    // The alternative with the fewest problems is likely the one that was meant.
    for (const auto& each : best) report_.value(each.path, each.message);
    if (best.empty()) wrong("there is no alternative");
  }

  SchemaCheck& check_;
  const json::object& schema_;
  const json::value& value_;
  const std::string& pointer_;
  Report& report_;
};

void SchemaCheck::check(const json::value& schema, const json::value& value,
                        const std::string& pointer, Report& report) {
  const bool outermost = depth_ == 0;
  ++depth_;
  if (++steps_ > kStepsMax) gave_up_ = "the schema takes too long to check";
  if (depth_ > kDepthMax) gave_up_ = "the schema refers to itself without end";
  if (const bool* allows = schema.if_bool()) {
    if (!*allows) report.value(pointer, "the schema allows nothing here");
  } else if (const auto* object = schema.if_object(); object != nullptr && gave_up_.empty()) {
    Visit(*this, *object, value, pointer, report).run();
  }
  --depth_;
  // Here and not where it was given up: that may be in an alternative, whose problems are dropped.
  if (outermost && !gave_up_.empty()) report.value(pointer, std::string(gave_up_));
}

const json::value* find_reference(const json::value& root, std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  boost::system::error_code error;
  const auto pointer = reference.substr(1);
  return root.find_pointer({pointer.data(), pointer.size()}, error);
}

}  // namespace weir::apps::workflow
