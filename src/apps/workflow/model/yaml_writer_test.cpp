#include "apps/workflow/model/yaml_writer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "apps/workflow/model/source_document.hpp"
#include "base/random.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

TEST(YamlWriter, WritesAsAPersonWould) {
  EXPECT_EQ(yaml_text(json::parse(
                R"({"id":"a b","n":1,"yes":true,"none":null,"empty":{},"list":["x",[],["y"]],
      "rows":[{"k":"v","w":{"z":1.5}},{}],"text":"one\ntwo\n","part":"one\n\ntwo","odd":"- a","colon":"a: b",
      "number":"12","truth":"true"})")),
            R"(id: a b
n: 1
yes: true
none: null
empty: {}
list:
  - x
  - []
  -
    - y
rows:
  - k: v
    w:
      z: 1.5E0
  - {}
text: |
  one
  two
part: |-
  one

  two
odd: "- a"
colon: "a: b"
number: "12"
truth: "true"
)");
}

std::string random_text(base::Random& random) {
  static const std::string_view pieces[] = {
      "a", "1", " ",  "\n", "\t",   ":",    ": ", " #",  "-", "- ",   "?",   "[",  "]",
      "{", "}", ",",  "&",  "*",    "!",    "|",  ">",   "'", "\"",   "\\",  "%",  "@",
      "`", "é", "\r", "~",  "null", "true", ".5", "0x1", "e", "\x7f", "---", "..."};
  std::string text;
  for (auto n = random.below(6); n > 0; --n) text += pieces[random.below(std::size(pieces))];
  return text;
}

json::value random_value(base::Random& random, int depth) {
  switch (random.below(depth == 0 ? 4 : 6)) {
    case 0:
      return json::value(static_cast<std::int64_t>(random.below(2000)) - 1000);
    case 1:
      return json::value(random.below(2) == 0);
    case 2:
    case 3:
      return json::value(json::string(random_text(random)));
    case 4: {
      json::array array;
      for (auto n = random.below(4); n > 0; --n) array.push_back(random_value(random, depth - 1));
      return array;
    }
    default: {
      json::object object;
      for (auto n = random.below(4); n > 0; --n)
        object[random_text(random)] = random_value(random, depth - 1);
      return object;
    }
  }
}

TEST(YamlWriter, WhateverIsWrittenIsReadBackAsTheSame) {
  base::Random random(7);
  for (int i = 0; i < 3'000; ++i) {
    const auto value = random_value(random, 3);
    const auto text = yaml_text(value);
    Problems problems;
    const auto read = read_yaml(text, problems);
    ASSERT_TRUE(read) << text << problem_text(problems.front());
    ASSERT_EQ(json::serialize(read->value), json::serialize(value)) << text;
  }
}

}  // namespace
}  // namespace weir::apps::workflow
