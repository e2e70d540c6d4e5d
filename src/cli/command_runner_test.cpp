#include "cli/command_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace weir::cli {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class CommandRunnerTest : public testing::Test {
 protected:
  CommandRunnerTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-exec-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    options_.retry_first = options_.retry_max = milliseconds(100);
  }
  ~CommandRunnerTest() override { std::filesystem::remove_all(directory_); }

  /// `command` may name the test's own folder by $D.
  CommandRunner& runner(const std::string& command) {
    options_.command = "D='" + directory_ + "'; " + command;
    runner_ = std::make_unique<CommandRunner>(options_);
    return *runner_;
  }

  void start(const std::string& cursor, const std::string& data = {}) {
    while (!runner_->has_room()) ASSERT_TRUE(runner_->wait(nullptr));
    ASSERT_TRUE(runner_->start({data, cursor, {{"WEIR_CURSOR", cursor}, {"WEIR_TOPIC", ""}}}));
  }
  void finish() {
    while (!runner_->idle()) ASSERT_TRUE(runner_->wait(nullptr));
  }

  /// What a command waits by: it opens one end, the test the other, and each waits for both. Who
  /// has nothing to wait for but a signal waits for a child that opens one which nobody else does,
  /// and is ready once that child is there to get the signal, too.
  void make_fifo(const std::string& name) const {
    ASSERT_EQ(::mkfifo((directory_ + "/" + name).c_str(), 0600), 0);
  }

  std::string text_of(const std::string& name) const {
    std::ifstream file(directory_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string directory_;
  CommandOptions options_;
  std::unique_ptr<CommandRunner> runner_;
};

TEST_F(CommandRunnerTest, TheCommandGetsTheDataAndTheVariables) {
  ::setenv("WEIR_TOPIC", "inherited", 1);
  runner("cat > $D/data; echo \"$WEIR_CURSOR ${WEIR_TOPIC-unset}\" > $D/variables");
  start("e-1", std::string("a\0b\n", 4));
  finish();
  ::unsetenv("WEIR_TOPIC");
  EXPECT_EQ(text_of("data"), std::string("a\0b\n", 4));
  EXPECT_EQ(text_of("variables"), "e-1 unset\n") << "what is inherited would be a lie";
  EXPECT_EQ(runner_->done(), "e-1");
}

TEST_F(CommandRunnerTest, LargeDataThatNobodyReadsHoldsUpNobody) {
  runner("exit 0");
  start("e-1", std::string(4 << 20, 'x'));
  finish();
  EXPECT_EQ(runner_->done(), "e-1");
}

TEST_F(CommandRunnerTest, OneAtATimeIsInOrder) {
  runner("echo $WEIR_CURSOR >> $D/log");
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    start("e-" + std::to_string(i));
    expected += "e-" + std::to_string(i) + "\n";
  }
  finish();
  EXPECT_EQ(text_of("log"), expected);
}

TEST_F(CommandRunnerTest, TheCursorDoesNotPassACommandThatStillRuns) {
  options_.jobs = 2;
  make_fifo("go");
  runner("if [ $WEIR_CURSOR = e-1 ]; then cat $D/go > $D/went; fi");
  runner_->begin_at("e-0");
  start("e-1");
  start("e-2");
  while (!runner_->has_room() && runner_->done() == "e-0") {
    // The second one ends; it stays behind the first.
    ASSERT_TRUE(runner_->wait(nullptr));
    break;
  }
  EXPECT_EQ(runner_->done(), "e-0");
  std::ofstream(directory_ + "/go").put('x');
  finish();
  EXPECT_EQ(runner_->done(), "e-2");
}

TEST_F(CommandRunnerTest, AFailureIsTriedAgainAndThenIsTheEnd) {
  options_.retries = 2;
  runner("echo $WEIR_CURSOR >> $D/log; exit 3");
  runner_->begin_at("e-0");
  start("e-1");
  finish();
  EXPECT_TRUE(runner_->failed());
  EXPECT_FALSE(runner_->has_room());
  EXPECT_EQ(runner_->done(), "e-0");
  EXPECT_EQ(text_of("log"), "e-1\ne-1\ne-1\n");
  EXPECT_THAT(runner_->take_notes(),
              ElementsAre(HasSubstr("try 2 of 3"), HasSubstr("try 3 of 3"),
                          HasSubstr("the command for e-1 ended with status 3")));
}

TEST_F(CommandRunnerTest, AFailureIsPassedOverWhereThatIsWanted) {
  options_.skip_failed = true;
  runner("[ $WEIR_CURSOR != e-1 ]");
  start("e-1");
  start("e-2");
  finish();
  EXPECT_FALSE(runner_->failed());
  EXPECT_EQ(runner_->done(), "e-2");
}

TEST_F(CommandRunnerTest, ASignalReachesEverythingThatTheCommandStarted) {
  // The grandchild tells that it got the signal; the shell itself waits for it.
  make_fifo("ready");
  make_fifo("never");
  runner(
      "trap : TERM; (trap 'echo got > $D/signal; exit 0' TERM; "
      "(echo > $D/ready; exec cat $D/never) & wait) & wait; wait; exit 7");
  start("e-1");
  EXPECT_EQ(text_of("ready"), "\n");
  runner_->close(SIGTERM);
  finish();
  EXPECT_EQ(text_of("signal"), "got\n");
  EXPECT_EQ(runner_->done(), "") << "it did not succeed";
}

TEST_F(CommandRunnerTest, WhatEndsWellAfterASignalCounts) {
  make_fifo("ready");
  make_fifo("never");
  runner("trap 'exit 0' TERM; (echo > $D/ready; exec cat $D/never) & wait");
  start("e-1");
  EXPECT_EQ(text_of("ready"), "\n");
  runner_->close(SIGTERM);
  finish();
  EXPECT_EQ(runner_->done(), "e-1");
}

}  // namespace
}  // namespace weir::cli
