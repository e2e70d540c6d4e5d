#include "cli/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/terminal.hpp"

namespace weir::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Ran {
  int status;
  std::string output;
  std::string errors;
};

Ran run(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "weir");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = run_program(static_cast<int>(arguments.size()), arguments.data(),
                                 {add_pub, add_sub, add_topics, add_version});
  std::string output = testing::internal::GetCapturedStdout();
  return {status, std::move(output), testing::internal::GetCapturedStderr()};
}

TEST(Program, SaysItsVersion) {
  const Ran flag = run({"--version"});
  EXPECT_EQ(flag.status, kSuccess);
  EXPECT_THAT(flag.output, StartsWith("weir "));
  EXPECT_EQ(run({"version"}).output, flag.output);
}

TEST(Program, ExplainsItselfAndEachCommandWithExamples) {
  const Ran help = run({"--help"});
  EXPECT_EQ(help.status, kSuccess);
  EXPECT_THAT(help.output, HasSubstr("weir serve --data-dir"));
  for (const char* command : {"pub", "sub", "topics"}) {
    const Ran own = run({command, "--help"});
    EXPECT_EQ(own.status, kSuccess);
    EXPECT_THAT(own.output, HasSubstr(std::string("Usage: weir ") + command));
    EXPECT_THAT(own.output, HasSubstr("--url URL"));
  }
}

TEST(Program, AnswersBadUsageWithOneLineAndStatusTwo) {
  const std::vector<std::pair<std::vector<const char*>, const char*>> cases = {
      {{}, "a command is needed"},
      {{"sbu"}, "unknown command \"sbu\"; did you mean \"sub\"?"},
      {{"sub", "news", "--jsno"}, "unknown option --jsno; did you mean \"--json\"?"},
      {{"sub", "news", "--last"}, "--last needs a value"},
      {{"sub", "news", "--last", "-1"}, "--last"},
      {{"sub", "news", "--count", "x"}, "--count"},
      {{"sub", "news", "--count", "0"}, "--count"},
      {{"sub"}, "a topic or --match is needed"},
      {{"sub", "news", "--last", "3", "--after", "earliest"}, "either --after or --last"},
      {{"sub", "news", "--url", "ftp://x"}, "is not a URL"},
      {{"sub", "news", "--token", "a b"}, "--token: holds what no token holds"},
      {{"pub", "news", "x", "--ca", "/dev/null"}, "cannot use the certificates in /dev/null"},
      {{"topics", "--ca", "x", "--insecure-tls"}, "either --ca or --insecure-tls"},
      {{"pub"}, "a topic is needed"},
      {{"pub", "news", "x", "--ttl", "3"}, "--ttl: \"3\" needs one of the units"},
      {{"pub", "news", "x", "--ttl", "0"}, "--ttl"},
      {{"pub", "news", "x", "--file", "f"}, "either --file or data"},
      {{"pub", "news", "x", "y", "--id", "1"}, "--id: can name only one event"},
      {{"pub", "--ndjson", "news"}, "--ndjson"},
      {{"pub", "news", "x", "--time", "soon"}, "--time"},
  };
  for (const auto& [arguments, expected] : cases) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.status, kBadUsage) << expected;
    EXPECT_EQ(ran.output, "");
    EXPECT_THAT(ran.errors, StartsWith("weir: "));
    EXPECT_THAT(ran.errors, HasSubstr(expected));
    EXPECT_EQ(std::count(ran.errors.begin(), ran.errors.end(), '\n'), 1) << ran.errors;
  }
}

TEST(Program, AFailureAtRunTimeIsOneLineAndStatusOne) {
  const Ran ran = run({"pub", "news", "--file", "/does/not/exist"});
  EXPECT_EQ(ran.status, kFailure);
  EXPECT_EQ(ran.errors, "weir: cannot read /does/not/exist: No such file or directory\n");
}

TEST(Help, WrapsAtSpacesAndKeepsLineEnds) {
  EXPECT_EQ(wrapped("one two three", 2, 9), "  one two\n  three\n");
  EXPECT_EQ(wrapped("a\nb", 1), " a\n b\n");
  EXPECT_EQ(wrapped("unbreakable", 0, 4), "unbreakable\n");
}

TEST(Terminal, OneLineStaysOneLine) {
  EXPECT_EQ(printable("a\nb\x1b[1m\r"), "a b [1m ");
  EXPECT_EQ(printable("a\nb\tc\x7f", true), "a\nb\tc ");
}

}  // namespace
}  // namespace weir::cli
