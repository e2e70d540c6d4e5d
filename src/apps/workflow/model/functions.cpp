#include "apps/workflow/model/functions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apps/workflow/model/functions_text.hpp"
#include "apps/workflow/model/functions_values.hpp"

namespace weir::apps::workflow {
namespace {

constexpr Types kText = kStringType;
constexpr Types kNumber = kNumberType;
constexpr Types kList = kArrayType;
constexpr Types kAny = kAnyType;
constexpr auto kMany = Function::kMany;

// name, arguments at least and at most, types of the first, the second, further ones, the result
constexpr std::array kFunctions = {
    Function{"abs", 1, 1, kNumber, 0, 0, kNumber, absolute},
    Function{"contains", 2, 2, kText | kList, kAny, 0, kBoolType, contains},
    Function{"default", 2, 2, kAny, kAny, 0, kAny, or_default},
    Function{"endsWith", 2, 2, kText, kText, 0, kBoolType, ends_with},
    Function{"first", 1, 1, kText | kList, 0, 0, kAny, first},
    Function{"floor", 1, 1, kNumber, 0, 0, kNumber, floor_of},
    Function{"format", 1, kMany, kText, kAny, kAny, kText, format_text},
    Function{"join", 1, 2, kList, kText, 0, kText, join},
    Function{"json", 1, 1, kAny, 0, 0, kText, to_json_text},
    Function{"keys", 1, 1, kObjectType, 0, 0, kList, keys},
    Function{"last", 1, 1, kText | kList, 0, 0, kAny, last},
    Function{"length", 1, 1, kText | kList | kObjectType, 0, 0, kNumber, length},
    Function{"lower", 1, 1, kText, 0, 0, kText, lower},
    Function{"max", 1, kMany, kNumber | kList, kNumber, kNumber, kNumber | kNullType, max_of},
    Function{"min", 1, kMany, kNumber | kList, kNumber, kNumber, kNumber | kNullType, min_of},
    Function{"number", 1, 1, kNumber | kText | kBoolType, 0, 0, kNumber, to_number},
    Function{"parseJson", 1, 1, kText, 0, 0, kAny, parse_json},
    Function{"replace", 3, 3, kText, kText, kText, kText, replace},
    Function{"round", 1, 2, kNumber, kNumber, 0, kNumber, round_to},
    Function{"slice", 2, 3, kText | kList, kNumber, kNumber, kText | kList, slice},
    Function{"split", 2, 2, kText, kText, 0, kList, split},
    Function{"startsWith", 2, 2, kText, kText, 0, kBoolType, starts_with},
    Function{"string", 1, 1, kAny, 0, 0, kText, to_string},
    Function{"trim", 1, 1, kText, 0, 0, kText, trim},
    Function{"upper", 1, 1, kText, 0, 0, kText, upper},
    Function{"values", 1, 1, kObjectType, 0, 0, kList, values},
};

std::string_view plural(std::size_t n) { return n == 1 ? "" : "s"; }

}  // namespace

std::span<const Function> functions() { return kFunctions; }

const Function* find_function(std::string_view name) {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const Function& each) { return each.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

std::span<const std::string> function_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& each : kFunctions) all.emplace_back(each.name);
    return all;
  }();
  return names;
}

std::string arity_problem(const Function& function, std::size_t arguments) {
  const std::size_t least = function.arguments_min;
  const std::size_t most = function.arguments_max;
  if (arguments >= least && (most == kMany || arguments <= most)) return {};
  std::string takes = fmt::format("{}", least);
  if (most == kMany) {
    takes = fmt::format("at least {}", least);
  } else if (most != least) {
    takes = fmt::format("{} or {}", least, most);
  }
  return fmt::format("{} takes {} argument{}, not {}", function.name, takes,
                     plural(most == kMany ? least : most), arguments);
}

}  // namespace weir::apps::workflow
