// Random filters over random data, held against an evaluator of another make: it builds the whole
// tree of the data, walks it once for each path, and compares numbers as long doubles, which hold
// every 64-bit integer and every double.

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <functional>
#include <string>

#include "base/random.hpp"
#include "proto/field_mask.hpp"
#include "proto/filter.hpp"

namespace weir::proto {
namespace {

namespace json = boost::json;

/// What a path leads to in the naive evaluator; null: nowhere.
using Found = const json::value*;

struct Document {
  std::string text;
  std::string type;
  std::string key;
  json::value tree;
  json::value type_value;
  json::value key_value;
  json::value topic_value = "the/topic";
  bool valid = false;
};

constexpr std::array<std::string_view, 4> kNames = {"a", "b", "odd key", "é"};
constexpr std::array<std::string_view, 22> kScalars = {"0",
                                                       "1",
                                                       "-1",
                                                       "1.0",
                                                       "1e0",
                                                       "1.5",
                                                       "-0.0",
                                                       "9007199254740993",
                                                       "9007199254740992.0",
                                                       "18446744073709551615",
                                                       "18446744073709551616",
                                                       "-9223372036854775808",
                                                       "1e400",
                                                       "true",
                                                       "false",
                                                       "null",
                                                       R"("")",
                                                       R"("a")",
                                                       R"("b")",
                                                       R"("\u00e9")",
                                                       R"("é")",
                                                       R"("1")"};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  bool repeats_names = true;

  template <typename Values>
  std::string pick(const Values& values) {
    return std::string(values[random_.below(values.size())]);
  }

  std::string data(int depth) {
    const auto kind = random_.below(depth == 0 ? 1 : 4);
    if (kind <= 1 && (depth < 3 || kind == 0)) return pick(kScalars);
    std::string out(kind == 2 ? "[" : "{");
    std::size_t name = random_.below(kNames.size());
    for (auto n = random_.below(4); n > 0; --n) {
      if (out.size() > 1) out += random_.below(2) == 0 ? "," : " ,\n";
      if (kind != 2) {
        out += "\"" + std::string(kNames[name++ % kNames.size()]) + "\":";
        if (repeats_names && random_.below(4) == 0) name = random_.below(kNames.size());
      }
      out += data(depth - 1);
    }
    return out + (kind == 2 ? "]" : "}");
  }

  Document document() {
    Document made;
    made.text = data(3);
    if (random_.below(8) == 0) made.text.resize(random_.below(made.text.size() + 1));
    if (random_.below(8) == 0) made.text += random_.below(2) == 0 ? " " : "x";
    boost::system::error_code error;
    made.tree = json::parse(made.text, error);
    made.valid = !error;
    made.type = random_.below(3) == 0 ? "" : "a";
    made.key = random_.below(2) == 0 ? "" : "b";
    made.type_value = made.type.empty() ? "message" : made.type;
    made.key_value = made.key;
    return made;
  }

  using Condition = std::function<bool(const Document&)>;
  using Operand = std::function<Found(const Document&)>;

  std::pair<std::string, Condition> condition(int depth) {
    switch (random_.below(depth == 0 ? 3 : 7)) {
      case 0:
        return alone();
      case 1:
        return listed();
      case 2:
        return comparison();
      case 3: {
        auto [text, holds] = condition(depth - 1);
        return {"!(" + text + ")", [holds](const auto& d) { return !holds(d); }};
      }
      case 4: {
        auto [text, holds] = condition(depth - 1);
        return {"( " + text + " )", holds};
      }
      case 5: {
        auto [left, l] = condition(depth - 1);
        auto [right, r] = condition(depth - 1);
        return {"(" + left + ")&&(" + right + ")",
                [l, r](const auto& d) { return l(d) ? r(d) : false; }};
      }
      default: {
        auto [left, l] = condition(depth - 1);
        auto [right, r] = condition(depth - 1);
        return {"(" + left + ") || (" + right + ")",
                [l, r](const auto& d) { return l(d) ? true : r(d); }};
      }
    }
  }

 private:
  std::pair<std::string, Operand> path() {
    switch (random_.below(8)) {
      case 0:
        return {"event", [](const auto& d) { return &d.type_value; }};
      case 1:
        return {"topic", [](const auto& d) { return &d.topic_value; }};
      case 2:
        return {"key", [](const auto& d) { return d.key.empty() ? nullptr : &d.key_value; }};
      default:
        break;
    }
    std::string text = "data";
    std::vector<std::variant<std::string, std::size_t>> steps;
    for (auto n = random_.below(4); n > 0; --n) {
      if (random_.below(3) == 0) {
        steps.emplace_back(static_cast<std::size_t>(random_.below(3)));
        text += "[" + std::to_string(std::get<std::size_t>(steps.back())) + "]";
        continue;
      }
      const auto name = pick(kNames);
      steps.emplace_back(name);
      text += name == "odd key" ? "['odd key']" : "." + name;
    }
    return {text, [steps](const Document& d) -> Found {
              Found at = d.valid ? &d.tree : nullptr;
              for (const auto& step : steps) {
                if (at == nullptr) return nullptr;
                if (const auto* name = std::get_if<std::string>(&step)) {
                  at = at->is_object() ? at->get_object().if_contains(*name) : nullptr;
                } else {
                  at = at->is_array() ? at->get_array().if_contains(std::get<std::size_t>(step))
                                      : nullptr;
                }
              }
              return at;
            }};
  }

  static int kind_of(Found value) {
    if (value == nullptr || value->is_structured()) return -1;
    return value->is_number() ? 1 : value->is_string() ? 2 : value->is_bool() ? 3 : 4;
  }

  static long double number(const json::value& value) {
    if (value.is_int64()) return static_cast<long double>(value.get_int64());
    if (value.is_uint64()) return static_cast<long double>(value.get_uint64());
    return static_cast<long double>(value.get_double());
  }

  static bool same(Found a, Found b) {
    if (kind_of(a) < 0 || kind_of(a) != kind_of(b)) return false;
    if (kind_of(a) == 1) return number(*a) == number(*b);
    return *a == *b;
  }

  static bool less(Found a, Found b) {
    if (kind_of(a) != kind_of(b)) return false;
    if (kind_of(a) == 1) return number(*a) < number(*b);
    return kind_of(a) == 2 && a->get_string() < b->get_string();
  }
  static bool ordered(Found a, Found b) {
    return kind_of(a) == kind_of(b) && (kind_of(a) == 1 || kind_of(a) == 2);
  }

  std::pair<std::string, Condition> alone() {
    auto [text, get] = path();
    return {text, [find = get](const auto& d) {
              const auto found = find(d);
              return found != nullptr && found->is_bool() && found->get_bool();
            }};
  }

  std::pair<std::string, Condition> listed() {
    auto [text, get] = path();
    text += " in [";
    std::vector<json::value> values;
    for (auto n = 1 + random_.below(3); n > 0; --n) {
      const auto value = pick(kScalars);
      if (!values.empty()) text += ", ";
      text += value;
      values.push_back(json::parse(value));
    }
    return {text + "]", [find = get, values](const auto& d) {
              for (const auto& value : values) {
                if (same(find(d), &value)) return true;
              }
              return false;
            }};
  }

  std::pair<std::string, Condition> comparison() {
    auto [left, l] = path();
    std::string right;
    Operand r;
    if (random_.below(3) == 0) {
      std::tie(right, r) = path();
    } else {
      right = pick(kScalars);
      auto value = std::make_shared<json::value>(json::parse(right));
      r = [value](const auto&) { return value.get(); };
    }
    if (random_.below(2) == 0) {
      std::swap(left, right);
      std::swap(l, r);
    }
    const auto sign = pick(std::array<std::string_view, 6>{"==", "!=", "<", "<=", ">", ">="});
    return {left + " " + sign + " " + right, [first = l, second = r, sign](const auto& d) {
              const auto a = first(d);
              const auto b = second(d);
              if (sign == "==") return same(a, b);
              if (sign == "!=") return !same(a, b);
              if (!ordered(a, b)) return false;
              if (sign == "<") return less(a, b);
              if (sign == "<=") return !less(b, a);
              if (sign == ">") return less(b, a);
              return !less(a, b);
            }};
  }

  base::Random random_;
};

TEST(FilterProperty, AgreesWithANaiveEvaluator) {
  int held = 0;
  int valid = 0;
  constexpr int kRounds = 20'000;
  for (int seed = 1; seed <= kRounds; ++seed) {
    Generator generator(static_cast<std::uint64_t>(seed));
    const auto [text, expected] = generator.condition(3);
    const auto filter = Filter::parse(text);
    ASSERT_TRUE(filter) << "seed " << seed << ": " << text << ": " << filter.error().message();
    for (int round = 0; round < 4; ++round) {
      const auto document = generator.document();
      EventView event;
      const std::string_view topic = "the/topic";
      event.topics = {&topic, 1};
      event.type = document.type;
      event.key = document.key;
      event.data = document.text;
      ASSERT_EQ(filter->matches(event), expected(document))
          << "seed " << seed << ": " << text << " of " << document.text << " type " << document.type
          << " key " << document.key;
      held += expected(document) ? 1 : 0;
      valid += document.valid ? 1 : 0;
    }
  }
  // The generator makes neither only truths nor only falsehoods.
  EXPECT_GT(held, kRounds / 2);
  EXPECT_LT(held, kRounds * 4 - kRounds / 2);
  EXPECT_GT(valid, kRounds * 2);
}

/// What a mask leaves, by way of the whole tree.
json::value left_of(const json::value& value, const std::vector<std::vector<std::string>>& paths) {
  if (value.is_array()) {
    json::array out;
    for (const auto& each : value.get_array()) {
      if (each.is_structured()) out.push_back(left_of(each, paths));
    }
    return out;
  }
  json::object out;
  if (!value.is_object()) return out;
  for (const auto& [name, member] : value.get_object()) {
    std::vector<std::vector<std::string>> further;
    bool whole = false;
    for (const auto& path : paths) {
      if (path.front() != std::string_view(name)) continue;
      whole = whole || path.size() == 1;
      if (path.size() > 1) further.emplace_back(path.begin() + 1, path.end());
    }
    if (whole) {
      out[name] = member;
    } else if (!further.empty() && member.is_structured()) {
      out[name] = left_of(member, further);
    }
  }
  return out;
}

TEST(FieldMaskProperty, AgreesWithANaiveProjectionAndAnIntersectionIsBothInTurn) {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    Generator generator(seed);
    generator.repeats_names = false;  // A mask treats each of them alone.
    base::Random random(seed);
    std::vector<std::vector<std::string>> paths;
    const auto mask_of_random_paths = [&] {
      paths.clear();
      std::string text;
      for (auto n = 1 + random.below(3); n > 0; --n) {
        auto& path = paths.emplace_back();
        for (auto s = 1 + random.below(3); s > 0; --s) path.push_back(generator.pick(kNames));
        text += (text.empty() ? "" : ",") + FieldMask::path_text(path);
      }
      auto mask = FieldMask::parse(text);
      EXPECT_TRUE(mask) << text;
      return std::move(*mask);
    };
    const auto other = mask_of_random_paths();
    const auto mask = mask_of_random_paths();
    const auto document = generator.document();
    std::string projected;
    mask.project(document.text, projected);
    const auto expected =
        document.valid ? left_of(document.tree, paths) : json::value(json::object());
    ASSERT_EQ(json::parse(projected), expected)
        << "seed " << seed << ": " << mask.text() << " of " << document.text;
    std::string both;
    FieldMask::intersection(mask, other).project(document.text, both);
    std::string in_turn;
    other.project(projected, in_turn);
    // Where a name is left with nothing below it in common, one mask shows the name and the other
    // does not: the intersection shows no more than both in turn.
    std::string again;
    FieldMask::intersection(mask, other).project(in_turn, again);
    ASSERT_EQ(json::parse(again), json::parse(both))
        << "seed " << seed << ": " << mask.text() << " and " << other.text() << " of "
        << document.text;
  }
}

}  // namespace
}  // namespace weir::proto
