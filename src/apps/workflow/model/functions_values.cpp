#include "apps/workflow/model/functions_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "apps/workflow/model/functions_text.hpp"
#include "apps/workflow/model/numbers.hpp"
#include "base/refusal.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using base::Result;

constexpr std::int64_t kDigitsMax = 15;  // What a double holds.

Result<json::value> copy(const json::value& value, Budget& budget) {
  if (!budget.spend_on(value)) return Budget::exhausted();
  return value;
}

Result<json::value> copy(std::string_view text, Budget& budget) {
  if (!budget.spend(sizeof(json::value) + text.size())) return Budget::exhausted();
  return json::value(json::string(text.data(), text.size()));
}

/// The least or the greatest of the arguments, or of one argument that is an array.
Result<json::value> extreme(Arguments arguments, std::string_view name, bool greatest) {
  const json::value* best = nullptr;
  const auto consider = [&](const json::value& each) {
    if (!each.is_number()) return false;
    const auto order = best == nullptr ? std::partial_ordering::equivalent : order_of(each, *best);
    if (best == nullptr || (greatest ? order > 0 : order < 0)) best = &each;
    return true;
  };
  const auto refuse = [&](const json::value& each) {
    return base::bad_request(
        fmt::format("{} takes numbers, and not {}", name, types_text(type_of(each))));
  };
  if (arguments.size() == 1 && arguments[0]->is_array()) {
    for (const auto& each : arguments[0]->get_array()) {
      if (!consider(each)) return refuse(each);
    }
  } else {
    for (const auto* each : arguments) {
      if (!consider(*each)) return refuse(*each);
    }
  }
  return best == nullptr ? json::value(nullptr) : *best;
}

/// Where a slice begins or ends: from the end if it is negative.
std::size_t slice_place(std::int64_t place, std::size_t size) {
  const auto bound = static_cast<std::int64_t>(size);
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(place < 0 ? place + bound : place, 0, bound));
}

}  // namespace

Result<json::value> absolute(Arguments arguments, Budget&) {
  const auto& number = *arguments[0];
  return order_of(number, json::value(0)) < 0 ? negate(number) : number;
}

Result<json::value> contains(Arguments arguments, Budget&) {
  const auto& what = *arguments[1];
  if (const auto* array = arguments[0]->if_array()) {
    return json::value(std::any_of(array->begin(), array->end(),
                                   [&](const auto& each) { return equal(each, what); }));
  }
  if (!what.is_string()) {
    return base::bad_request(
        fmt::format("a string contains strings, and not {}", types_text(type_of(what))));
  }
  return json::value(text_of(*arguments[0]).find(text_of(what)) != std::string_view::npos);
}

Result<json::value> first(Arguments arguments, Budget& budget) {
  if (const auto* array = arguments[0]->if_array()) {
    return array->empty() ? json::value(nullptr) : copy(array->front(), budget);
  }
  const auto text = text_of(*arguments[0]);
  return text.empty() ? json::value(nullptr) : copy(characters(text, 0, 1), budget);
}

Result<json::value> last(Arguments arguments, Budget& budget) {
  if (const auto* array = arguments[0]->if_array()) {
    return array->empty() ? json::value(nullptr) : copy(array->back(), budget);
  }
  const auto text = text_of(*arguments[0]);
  const std::size_t size = count_characters(text);
  return size == 0 ? json::value(nullptr) : copy(characters(text, size - 1, size), budget);
}

Result<json::value> length(Arguments arguments, Budget&) {
  const auto& value = *arguments[0];
  const std::size_t size = value.is_array()    ? value.get_array().size()
                           : value.is_object() ? value.get_object().size()
                                               : count_characters(text_of(value));
  return json::value(static_cast<std::int64_t>(size));
}

Result<json::value> slice(Arguments arguments, Budget& budget) {
  const auto& value = *arguments[0];
  const std::size_t size =
      value.is_array() ? value.get_array().size() : count_characters(text_of(value));
  const auto from = as_integer(*arguments[1]);
  const auto to = arguments.size() > 2 ? as_integer(*arguments[2])
                                       : std::optional(static_cast<std::int64_t>(size));
  if (!from || !to) return base::bad_request("slice takes whole numbers");
  const std::size_t begin = slice_place(*from, size);
  const std::size_t end = std::max(begin, slice_place(*to, size));
  if (!value.is_array()) return copy(characters(text_of(value), begin, end), budget);
  json::array part;
  for (std::size_t i = begin; i < end; ++i) {
    if (!budget.spend_on(value.get_array()[i])) return Budget::exhausted();
    part.push_back(value.get_array()[i]);
  }
  return json::value(std::move(part));
}

Result<json::value> keys(Arguments arguments, Budget& budget) {
  json::array names;
  for (const auto& member : arguments[0]->as_object()) {
    auto name = copy(std::string_view(member.key().data(), member.key().size()), budget);
    if (!name) return name;
    names.push_back(std::move(*name));
  }
  return json::value(std::move(names));
}

Result<json::value> values(Arguments arguments, Budget& budget) {
  json::array all;
  for (const auto& member : arguments[0]->as_object()) {
    if (!budget.spend_on(member.value())) return Budget::exhausted();
    all.push_back(member.value());
  }
  return json::value(std::move(all));
}

Result<json::value> max_of(Arguments arguments, Budget&) { return extreme(arguments, "max", true); }
Result<json::value> min_of(Arguments arguments, Budget&) {
  return extreme(arguments, "min", false);
}

Result<json::value> or_default(Arguments arguments, Budget& budget) {
  const auto& value = *arguments[0];
  const bool missing = value.is_null() || (value.is_string() && value.get_string().empty());
  return copy(missing ? *arguments[1] : value, budget);
}

Result<json::value> floor_of(Arguments arguments, Budget&) {
  const auto* number = arguments[0]->if_double();
  return number == nullptr ? *arguments[0] : number_of(std::floor(*number));
}

/// Halves go away from zero.
Result<json::value> round_to(Arguments arguments, Budget&) {
  const auto* number = arguments[0]->if_double();
  std::int64_t digits = 0;
  if (arguments.size() > 1) {
    const auto wanted = as_integer(*arguments[1]);
    if (!wanted || *wanted < 0 || *wanted > kDigitsMax) {
      return base::bad_request(fmt::format("round takes 0 to {} digits", kDigitsMax));
    }
    digits = *wanted;
  }
  if (number == nullptr) return *arguments[0];
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = *number * scale;
  // So large a number has no digits behind the point.
  if (!std::isfinite(scaled)) return *arguments[0];
  return number_of(std::round(scaled) / scale);
}

Result<json::value> to_number(Arguments arguments, Budget&) {
  const auto& value = *arguments[0];
  if (value.is_number()) return value;
  if (value.is_bool()) return json::value(value.get_bool() ? 1 : 0);
  boost::system::error_code error;
  const auto text = text_of(value);
  const auto read = json::parse({text.data(), text.size()}, error);
  if (error || !read.is_number() || !std::isfinite(as_double(read))) {
    return base::bad_request("number: this text is no number");
  }
  return read;
}

}  // namespace weir::apps::workflow
