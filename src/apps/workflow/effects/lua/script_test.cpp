#include "apps/workflow/effects/lua/script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <thread>

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using Spent = ScriptBudget::Spent;
using testing::HasSubstr;
using testing::StartsWith;

class ScriptTest : public testing::Test {
 protected:
  ScriptResult run(std::string_view source) {
    const ScriptVoice voice{.log = [this](std::string_view line) { log_ += line; },
                            .progress =
                                [this](double percent, std::string_view message) {
                                  progress_ = percent;
                                  message_ = message;
                                }};
    return run_script(source, scope_, limits_, output_bytes_max_, voice);
  }
  json::value value_of(std::string_view source) {
    auto result = run(source);
    EXPECT_TRUE(result.ok) << source << ": " << result.error;
    return std::move(result.value);
  }
  std::string error_of(std::string_view source) {
    const auto result = run(source);
    EXPECT_FALSE(result.ok) << source << " gave " << json::serialize(result.value);
    return result.error;
  }

  json::object scope_;
  ScriptBudget::Limits limits_{.instructions = 5'000'000, .memory_bytes = 8 << 20};
  std::size_t output_bytes_max_ = 64 << 10;
  std::string log_;
  double progress_ = -1;
  std::string message_;
};

TEST_F(ScriptTest, SeesItsScopeAndReturnsItsOutput) {
  scope_ =
      json::parse(R"({"input":{"n":20,"names":["b","a"]},"nodes":{"fetch":{"output":{"x":1.5}}},
                           "item":null})")
          .as_object();
  EXPECT_EQ(value_of("table.sort(input.names) "
                     "return {sum = input.n + nodes.fetch.output.x, names = input.names, "
                     "has_item = item ~= nil}"),
            json::parse(R"({"sum":21.5,"names":["a","b"],"has_item":false})"));
  EXPECT_EQ(value_of("local x = 1"), json::value(nullptr));
}

TEST_F(ScriptTest, JsonGoesInAndComesBackTheSame) {
  for (const char* text :
       {"null", "true", "-3", "9007199254740993", "1.5", "\"\"", "\"жук\"", "[]", "{}", "[[],{}]",
        R"({"a":[1,2,{"b":null}],"c":{},"d":[]})", "[null,1]", R"({"1":"x"})"}) {
    scope_["input"] = json::parse(text);
    EXPECT_EQ(value_of("return input"), json::parse(text)) << text;
    if (std::string_view(text) == "null") continue;
    EXPECT_EQ(value_of("return json.decode(json.encode(input))"), json::parse(text)) << text;
  }
}

TEST_F(ScriptTest, MakesJsonOfTablesByTheirKeys) {
  EXPECT_EQ(value_of("return {}"), json::parse("{}"));
  EXPECT_EQ(value_of("return json.array()"), json::parse("[]"));
  EXPECT_EQ(value_of("return json.array{1, 2}"), json::parse("[1,2]"));
  EXPECT_EQ(value_of("return {1, {a = json.null}}"), json::parse(R"([1,{"a":null}])"));
  EXPECT_EQ(value_of("return 7 // 2, 'ignored'"), json::value(3));
  EXPECT_EQ(value_of("return 'a\\xFFb'"), json::value("a\xEF\xBF\xBD"
                                                      "b"));
}

TEST_F(ScriptTest, RefusesWhatIsNoJson) {
  EXPECT_THAT(error_of("return {1, nil, 3}"), HasSubstr("hole"));
  EXPECT_THAT(error_of("return {1, a = 2}"), HasSubstr("mixed"));
  EXPECT_THAT(error_of("return {[true] = 2}"), HasSubstr("mixed"));
  EXPECT_THAT(error_of("return json.array{a = 1}"), HasSubstr("mixed"));
  EXPECT_THAT(error_of("return 0/0"), HasSubstr("no number"));
  EXPECT_THAT(error_of("return {math.huge}"), HasSubstr("no number"));
  EXPECT_THAT(error_of("return log"), HasSubstr("a function is no JSON"));
  EXPECT_THAT(error_of("local t = {} t.t = t return t"), HasSubstr("too deep"));
  EXPECT_THAT(error_of("return string.rep('x', 70000)"), HasSubstr("larger than 65536 bytes"));
  EXPECT_THAT(error_of("json.decode('{')"), HasSubstr("no JSON"));
  EXPECT_THAT(error_of("json.decode(string.rep('[', 100))"), HasSubstr("no JSON"));
  // One table, many times: small in memory, endless as text.
  EXPECT_FALSE(run("local t = {1} for i = 1, 60 do t = {t, t} end return t").ok);
  EXPECT_FALSE(run("local t = {1} for i = 1, 60 do t = {t, t} end json.encode(t)").ok);
}

TEST_F(ScriptTest, SaysWhereItFailed) {
  EXPECT_EQ(error_of("local a = 1\n\nerror('bad luck')"), "script:3: bad luck");
  EXPECT_THAT(error_of("local t\nreturn t.x"),
              StartsWith("script:2: attempt to index a nil value"));
  const auto wrong = run("return 1 +\n\n");
  EXPECT_FALSE(wrong.compiled);
  EXPECT_THAT(wrong.error, StartsWith("script:3: "));
  EXPECT_EQ(error_of("error({code = 1})"), "the script raised a table that is no text");
}

TEST_F(ScriptTest, LogsAndTellsItsProgress) {
  value_of("log('a', 1, nil, true) print(1.5) progress(40, 'half') log(json.null == json.null)");
  EXPECT_EQ(log_, "a\t1\tnil\ttrue\n1.5\ntrue\n");
  EXPECT_EQ(progress_, 40);
  EXPECT_EQ(message_, "half");
}

TEST_F(ScriptTest, HasNothingThatLeadsOutOfIt) {
  for (const char* name :
       {"io", "os", "load", "loadstring", "loadfile", "dofile", "require", "package", "debug",
        "coroutine", "collectgarbage", "warn", "string.dump", "string.pack", "string.unpack"}) {
    EXPECT_EQ(value_of("return " + std::string(name) + " == nil"), json::value(true)) << name;
  }
  std::string globals;
  const auto names = value_of(
      "local names = {} for name in pairs(_G) do names[#names + 1] = name "
      "end table.sort(names) return table.concat(names, ' ')");
  EXPECT_EQ(names,
            json::value("_G _VERSION assert error getmetatable ipairs json log math next pairs "
                        "pcall print progress rawequal rawget rawlen rawset select setmetatable "
                        "string table tonumber tostring type utf8 xpcall"));
  EXPECT_THAT(error_of(std::string("\x1bLua", 4) + "x"), HasSubstr("attempt to load a binary"));
}

TEST_F(ScriptTest, EndlessLoopsEnd) {
  for (const char* source :
       {"while true do end", "repeat until false", "::again:: goto again",
        "local function f() return f() end f()",
        "while true do pcall(function() while true do end end) end",
        "local function f() while true do xpcall(f, f) end end f()",
        "xpcall(function() while true do end end, function() while true do end end)",
        "while true do pcall(error) end",
        "setmetatable(_G, {__index = function() while true do end end}) return x",
        "for i = 1, math.huge do end", "table.sort({1, 2, 3}, function() while true do end end)",
        "('x'):gsub('.', function() while true do end end)",
        "local t <close> = setmetatable({}, {__close = function() while true do end end}) "
        "while true do end"}) {
    EXPECT_EQ(run(source).spent, Spent::kInstructions) << source;
  }
}

TEST_F(ScriptTest, FunctionsThatTakeLongForOneInstructionEnd) {
  for (const char* source :
       {"string.find(string.rep('a', 40), string.rep('a?', 40) .. string.rep('a', 40) .. 'b')",
        "string.match(string.rep('a', 5000), '.-.-.-.-.-.-b')",
        "string.gsub(string.rep('a', 5000), '.-.-.-.-.-.-b', '')",
        "for _ in string.gmatch(string.rep('a', 5000), '.-.-.-.-.-.-b') do end",
        "string.find(string.rep('(', 4000000), '%b()')", "table.move({}, 1, math.maxinteger, 2)",
        "table.move({}, 1, 1 << 40, 2)", "table.move({}, math.mininteger, math.maxinteger, 2)",
        "while true do json.decode(json.encode(string.rep('x', 100000))) end",
        "local s = string.rep('x', 1000000) while true do s:upper() end",
        "local s = string.rep('a', 1000000) while true do s:find('b', 1, true) end"}) {
    EXPECT_EQ(run(source).spent, Spent::kInstructions) << source;
  }
  EXPECT_EQ(value_of("return #string.rep('', 1 << 60)"), json::value(0));
  EXPECT_EQ(value_of("return #string.rep('ab', 3, ', ')"), json::value(10));
  EXPECT_THAT(error_of("string.rep('x', 1 << 60)"), HasSubstr("not enough memory"));
  EXPECT_THAT(error_of("string.rep('x', 1 << 30, 'y')"), HasSubstr("not enough memory"));
}

TEST_F(ScriptTest, LengthsThatAreInventedAreRefused) {
  for (const char* call : {"table.insert(t, 1, 1)", "table.remove(t, 1)", "table.concat(t)",
                           "table.sort(t, rawequal)", "table.unpack(t)"}) {
    EXPECT_THAT(error_of("local t = setmetatable({}, {__len = function() return 1 << 50 end}) " +
                         std::string(call)),
                HasSubstr("no table with __len"));
  }
}

TEST_F(ScriptTest, FinalizersAreNotOfferedBecauseNobodyCountsTheirInstructions) {
  EXPECT_THAT(error_of("setmetatable({}, {__gc = function() while true do end end})"),
              HasSubstr("__gc is not offered"));
  // One that comes later is never called.
  EXPECT_TRUE(run("local m = {} local t = setmetatable({}, m) "
                  "m.__gc = function() while true do end end t = nil "
                  "for i = 1, 10000 do local x = {} end")
                  .ok);
}

TEST_F(ScriptTest, MemoryIsBounded) {
  for (const char* source :
       {"local t = {} while true do t[#t + 1] = {} end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) end",
        "local t = {} for i = 1, math.huge do t[i] = tostring(i) .. 'x' end"}) {
    const auto result = run(source);
    EXPECT_EQ(result.spent, Spent::kMemory) << source << ": " << result.error;
  }
  // Garbage is no memory.
  limits_.instructions = 500'000'000;
  EXPECT_TRUE(run("for i = 1, 100 do local s = string.rep('x', 1000000) end").ok);
}

TEST_F(ScriptTest, TooDeepIsAnErrorAndNoEndOfTheServer) {
  // The stack's end or the memory's, whichever comes first.
  EXPECT_FALSE(run("local function f() return 1 + f() end f()").ok);
  EXPECT_FALSE(run("local function f(s) return s:gsub('.', f) end f('x')").ok);
  EXPECT_FALSE(run("return " + std::string(10'000, '(') + "1" + std::string(10'000, ')')).ok);
  EXPECT_FALSE(run("local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x.y").ok);
}

TEST_F(ScriptTest, ErrorsCanBeCaught) {
  EXPECT_EQ(value_of("return {pcall(error, 'x')}"), json::parse(R"([false,"x"])"));
  EXPECT_EQ(value_of("return {xpcall(function(a, b) return a + b, 'y' end, print, 1, 2)}"),
            json::parse(R"([true,3,"y"])"));
  EXPECT_EQ(
      value_of("return {xpcall(function(a) error({a}) end, function(e) return e[1] .. '!' end, "
               "'x')}"),
      json::parse(R"([false,"x!"])"));
}

TEST_F(ScriptTest, AnInterruptEndsIt) {
  client::Interrupt interrupt;
  limits_.interrupt = &interrupt;
  limits_.instructions = UINT64_MAX;
  std::thread other([&] { interrupt.trigger(); });
  EXPECT_EQ(run("while true do pcall(function() while true do end end) end").spent,
            Spent::kInterrupted);
  other.join();
}

TEST_F(ScriptTest, TheStringFunctionsAreLuas) {
  const auto check = [this](const char* expression, const char* expected) {
    EXPECT_EQ(value_of(std::string("return {") + expression + "}"), json::parse(expected))
        << expression;
  };
  check("('hello'):find('l')", "[3,3]");
  check("('hello'):find('xyz') == nil", "[true]");
  check("('hello'):find('', 10) == nil", "[true]");
  check("('hello'):find('', 6)", "[6,5]");
  check("('a.b'):find('.', 1, true)", "[2,2]");
  check("('hello'):find('l', -2)", "[4,4]");
  check("('key=val'):match('(%w+)=(%w+)')", R"(["key","val"])");
  check("('hello'):match('^l') == nil", "[true]");
  check("('hello'):match('()ll()')", "[3,5]");
  check("('hello world'):gsub('o', '0')", R"(["hell0 w0rld",2])");
  check("('hello world'):gsub('o', '0', 1)", R"(["hell0 world",1])");
  check("('hello'):gsub('', '-')", R"(["-h-e-l-l-o-",6])");
  check("('abc'):gsub('%w', '%0%0')", R"(["aabbcc",3])");
  check("('hello world'):gsub('(%w+) (%w+)', '%2 %1')", R"(["world hello",1])");
  check("('$name'):gsub('%$(%w+)', {name = 'x'})", R"(["x",1])");
  check("('$name'):gsub('%$(%w+)', {})", R"(["$name",1])");
  check("('abc'):gsub('b', function() return false end)", R"(["abc",1])");
  check("('abc'):gsub('^a', '')", R"(["bc",1])");
  check("('100%'):gsub('%%', '%%%%')", R"(["100%%",1])");
  check("('a,b,,c'):gsub(',', ';')", R"(["a;b;;c",3])");
  EXPECT_EQ(value_of("local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[k] = v end "
                     "return t"),
            json::parse(R"({"a":"1","b":"2"})"));
  EXPECT_EQ(value_of("local t = {} for w in ('one two'):gmatch('%a*') do t[#t+1] = w end return t"),
            json::parse(R"(["one","two"])"));
  EXPECT_THAT(error_of("('x'):gsub('x', '%2')"), HasSubstr("invalid capture index"));
  EXPECT_THAT(error_of("('x'):gsub('x', '%a')"), HasSubstr("invalid use of '%'"));
  EXPECT_THAT(error_of("('x'):gsub('x', function() return {} end)"),
              HasSubstr("invalid replacement value"));
  EXPECT_THAT(error_of("('x'):find('[a')"), HasSubstr("malformed pattern"));
}

}  // namespace
}  // namespace weir::apps::workflow
