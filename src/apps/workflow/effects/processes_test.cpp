#include "apps/workflow/effects/processes.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/waiting.hpp"

namespace weir::apps::workflow {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr milliseconds kLong{600'000};

class ProcessesTest : public testing::Test {
 protected:
  ProcessesTest() {
    std::string form = testing::TempDir() + "processes.XXXXXX";
    directory_ = ::mkdtemp(form.data());
  }
  ~ProcessesTest() override { std::filesystem::remove_all(directory_); }

  static ProcessSpec script(const std::string& text) {
    ProcessSpec spec;
    spec.arguments = {"/bin/sh", std::string(kScriptPath)};
    spec.environment = {"PATH=/usr/bin:/bin"};
    spec.script = text;
    return spec;
  }

  std::uint64_t start(const ProcessSpec& spec) {
    const auto number = processes_.start(spec, {.output =
                                                    [this](bool errors, std::string_view bytes) {
                                                      bytes_ += bytes.size();
                                                      if (text_.size() < 1'000'000) text_ += bytes;
                                                      if (errors) errors_ += bytes;
                                                    },
                                                .ended = [this](ProcessEnd end) { end_ = end; }});
    EXPECT_TRUE(number) << number.error().detail;
    return number ? *number : 0;
  }

  void step() {
    pollfd entry{processes_.descriptor(), POLLIN, 0};
    milliseconds time(-1);
    if (const auto due = processes_.due()) {
      time = std::max(std::chrono::ceil<milliseconds>(*due - Processes::Clock::now()),
                      milliseconds(0));
    }
    client::poll_until(&entry, 1, time);
    processes_.step();
  }
  void wait_for(std::string_view text) {
    while (!end_ && text_.find(text) == std::string::npos) step();
    ASSERT_THAT(text_, HasSubstr(text));
  }
  ProcessEnd wait() {
    while (!end_) step();
    return *end_;
  }
  ProcessEnd run(const ProcessSpec& spec) {
    start(spec);
    return wait();
  }

  /// A pipe with a name: whoever has it open for writing keeps `wait_until_closed` waiting.
  std::string make_fifo() {
    const auto path = directory_ + "/fifo";
    EXPECT_EQ(::mkfifo(path.c_str(), 0666), 0);
    ::chmod(directory_.c_str(), 0755);
    ::chmod(path.c_str(), 0666);
    fifo_.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    return path;
  }
  /// Returns once no process has the pipe open any more.
  void wait_until_closed() {
    ::fcntl(fifo_.get(), F_SETFL, 0);
    char ignored[64];
    while (::read(fifo_.get(), ignored, sizeof ignored) > 0) {
    }
  }

  std::string directory_;
  base::Descriptor fifo_;
  std::string text_;
  std::string errors_;
  std::size_t bytes_ = 0;
  std::optional<ProcessEnd> end_;
  Processes processes_;
};

TEST_F(ProcessesTest, TellWhatTheyWriteAndHowTheyEnd) {
  EXPECT_EQ(run(script("echo out; echo err >&2; exit 7")).exit_code, 7);
  EXPECT_THAT(text_, HasSubstr("out\n"));
  EXPECT_EQ(errors_, "err\n");
  EXPECT_EQ(processes_.count(), 0U);
}

TEST_F(ProcessesTest, TellTheSignalThatEndedThem) {
  const auto end = run(script("kill -KILL $$"));
  EXPECT_EQ(end.signal, SIGKILL);
}

TEST_F(ProcessesTest, GetNoDescriptorAndNoVariableButTheirOwn) {
  // Somebody in this process who is careless.
  constexpr int kCareless = 200;
  ASSERT_EQ(::dup2(STDIN_FILENO, kCareless), kCareless);
  const base::Descriptor careless(kCareless);
  run(script("env; for each in /proc/self/fd/*; do echo \"has ${each##*/}\"; done; cat; tty"));
  EXPECT_THAT(text_, testing::Not(HasSubstr("has 200\n")));
  EXPECT_THAT(text_, HasSubstr("PATH=/usr/bin:/bin\n"));
  EXPECT_THAT(text_, testing::Not(HasSubstr("HOME=")));
  EXPECT_THAT(text_, HasSubstr("not a tty"));
}

TEST_F(ProcessesTest, LeadASessionOfTheirOwn) {
  const auto number = start(script("cut -d' ' -f5,6 /proc/$$/stat; echo $$"));
  EXPECT_GT(number, 0U);
  wait();
  std::istringstream lines(text_);
  pid_t group = 0;
  pid_t session = 0;
  pid_t pid = 1;
  lines >> group >> session >> pid;
  EXPECT_EQ(group, pid);
  EXPECT_EQ(session, pid);
}

TEST_F(ProcessesTest, EndTogetherWithAllThatTheyHaveStarted) {
  const auto fifo = make_fifo();
  const auto number =
      start(script("exec 9>" + fifo + "; sh -c 'sleep 1000 & sleep 1000' & echo started; wait"));
  wait_for("started");
  processes_.end(number, kLong);
  EXPECT_EQ(wait().signal, SIGTERM);
  wait_until_closed();
  EXPECT_EQ(processes_.killed().get(), 0U);
}

TEST_F(ProcessesTest, WhatIgnoresSigtermIsKilledAfterTheGrace) {
  const auto fifo = make_fifo();
  const auto number = start(
      script("exec 9>" + fifo + "; trap '' TERM; sleep 1000 & echo started; wait; sleep 1000"));
  wait_for("started");
  processes_.end(number, milliseconds(1));
  EXPECT_EQ(wait().signal, SIGKILL);
  wait_until_closed();
  EXPECT_EQ(processes_.killed().get(), 1U);
}

TEST_F(ProcessesTest, WhatIsStoppedIsEnded) {
  const auto number = start(script("echo started; kill -STOP $$"));
  wait_for("started");
  processes_.end(number, kLong);
  EXPECT_EQ(wait().signal, SIGTERM);
}

TEST_F(ProcessesTest, WhatIsLeftOfTheGroupDiesWithItsLeader) {
  const auto fifo = make_fifo();
  EXPECT_EQ(run(script("exec 9>" + fifo + "; trap '' HUP TERM; sleep 1000 & exit 0")).exit_code, 0);
  wait_until_closed();
}

TEST_F(ProcessesTest, ADaemonThatKeepsThePipesOpenHoldsUpNobodyAndEndsWithTheCommand) {
  const auto fifo = make_fifo();
  // It has left the session by the time that it opens the pipe, for which the command waits.
  EXPECT_EQ(
      run(script("setsid sh -c 'exec 9>" + fifo + "; exec sleep 1000' & : <" + fifo)).exit_code, 0);
  wait_until_closed();
}

TEST_F(ProcessesTest, WhatHasLetGoOfEverythingEndsWithACommandThatIsEnded) {
  const auto fifo = make_fifo();
  // A daemon as they are made, a child of a child, with a child of its own.
  const auto number =
      start(script("(setsid sh -c 'exec 9>" + fifo +
                   "; sleep 1000 & exec sleep 1000' </dev/null >/dev/null 2>&1 &) ; : <" + fifo +
                   "; echo escaped; exec sleep 1000"));
  wait_for("escaped");
  processes_.end(number, kLong);
  EXPECT_EQ(wait().signal, SIGTERM);
  wait_until_closed();
}

TEST_F(ProcessesTest, WhatReplacesItselfAllTheTimeIsFoundToo) {
  const auto fifo = make_fifo();
  const auto restless = directory_ + "/restless";
  std::ofstream(restless) << "exec sh " << restless << "\n";
  for (int round = 0; round < 50; ++round) {
    text_.clear();
    end_.reset();
    const auto number = start(script("(setsid sh -c 'exec 9>" + fifo + "; exec sh " + restless +
                                     "' </dev/null >/dev/null 2>&1 &) ; : <" + fifo +
                                     "; echo on; exec sleep 1000"));
    wait_for("on");
    processes_.end(number, kLong);
    EXPECT_EQ(wait().signal, SIGTERM);
    wait_until_closed();
  }
}

TEST_F(ProcessesTest, TheEndOfOneIsNotThatOfAnother) {
  std::optional<ProcessEnd> other;
  const auto beside = processes_.start(
      script("exec sleep 1000"),
      {.output = [](bool, std::string_view) {}, .ended = [&](ProcessEnd end) { other = end; }});
  ASSERT_TRUE(beside);
  const auto number = start(script("echo started; exec sleep 1000"));
  wait_for("started");
  processes_.end(number, kLong);
  EXPECT_EQ(wait().signal, SIGTERM);
  processes_.end(*beside, kLong);
  while (!other) step();
  EXPECT_EQ(other->signal, SIGTERM) << "and not SIGKILL";
}

TEST_F(ProcessesTest, AClosedStandardOutputIsNoEnd) {
  const auto fifo = make_fifo();
  const auto number = start(script("echo started; exec 1>&- 2>&-; : <" + fifo + "; exit 5"));
  wait_for("started");
  EXPECT_GT(number, 0U);
  fifo_.reset();
  // It waits until there is a writer.
  ::close(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(wait().exit_code, 5);
}

TEST_F(ProcessesTest, AnyAmountOfOutputIsRead) {
  EXPECT_EQ(run(script("head -c 50000000 /dev/zero")).exit_code, 0);
  EXPECT_EQ(bytes_, 50'000'000U);
}

TEST_F(ProcessesTest, EndlessOutputDoesNotKeepFromEnding) {
  const auto number = start(script("yes"));
  wait_for("y\n");
  processes_.end(number, kLong);
  EXPECT_EQ(wait().signal, SIGTERM);
}

TEST_F(ProcessesTest, HaveTheLimitsThatTheyAreGiven) {
  auto spec = script("ulimit -t; ulimit -v; ulimit -f; ulimit -n; ulimit -c");
  spec.limits = {.cpu_seconds = 11,
                 .memory_bytes = 2ULL << 30,
                 .file_bytes = 512 * 100,
                 .files = 33,
                 .processes = 0};
  EXPECT_EQ(run(spec).exit_code, 0);
  EXPECT_EQ(text_, "11\n2097152\n100\n33\n0\n");
}

TEST_F(ProcessesTest, ALoopEndsWhenItsProcessorTimeIsUsedUp) {
  auto spec = script("while :; do :; done");
  spec.limits.cpu_seconds = 1;
  EXPECT_NE(run(spec).signal, 0);
}

TEST_F(ProcessesTest, WhoTakesMemoryWithoutAnEndGetsNone) {
  auto spec = script("head -c 500000000 /dev/zero | tail");
  spec.limits.memory_bytes = 100 << 20;
  EXPECT_NE(run(spec).exit_code, 0);
}

TEST_F(ProcessesTest, AForkBombIsBoundedAndEnds) {
  if (::geteuid() != 0) GTEST_SKIP() << "the limit is one of a user's, which takes another user";
  const auto fifo = make_fifo();
  auto spec = script("exec 9>" + fifo + "; b() { b & b & wait; }; echo started; b");
  spec.user = *system_user("nobody");
  spec.limits.processes = 40;
  const auto number = start(spec);
  wait_for("started");
  // Forking fails at the limit, and says so.
  while (!end_ && errors_.empty()) step();
  processes_.end(number, milliseconds(0));
  wait();
  wait_until_closed();
}

TEST_F(ProcessesTest, RunAsAnotherUserWithThatUsersGroupAlone) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can change the user";
  const auto user = system_user("nobody");
  ASSERT_TRUE(user);
  auto spec = script("id -u; id -G");
  spec.user = *user;
  EXPECT_EQ(run(spec).exit_code, 0);
  EXPECT_EQ(text_, std::to_string(user->uid) + "\n" + std::to_string(user->gid) + "\n");
}

TEST_F(ProcessesTest, SayWhyTheyCannotBegin) {
  ProcessSpec spec;
  spec.arguments = {"/nowhere/at/all"};
  auto failed = processes_.start(spec, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::ErrorCode::kBadRequest);
  EXPECT_EQ(failed.error().detail, "cannot run /nowhere/at/all: No such file or directory");
  spec.arguments = {"/bin/true"};
  spec.directory = "/nowhere";
  failed = processes_.start(spec, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().detail, "cannot work in /nowhere: No such file or directory");
  EXPECT_EQ(system_user("no-such-user-here").error().code, base::ErrorCode::kBadRequest);
  EXPECT_EQ(processes_.count(), 0U);
}

TEST_F(ProcessesTest, AreFoundAsAShellFindsThem) {
  EXPECT_EQ(find_program("/any/path", "/bin"), "/any/path");
  EXPECT_EQ(find_program("sh", "relative:/nowhere:/bin"), "/bin/sh");
  EXPECT_EQ(find_program("no-such-program-here", "/usr/bin:/bin"), "");
}

TEST_F(ProcessesTest, DoNotOutliveTheirOwner) {
  const auto fifo = make_fifo();
  {
    Processes short_lived;
    std::string text;
    const auto number = short_lived.start(
        script("exec 9>" + fifo + "; trap '' TERM; sleep 1000 & echo started; wait"),
        {.output = [&](bool, std::string_view bytes) { text += bytes; }, .ended = {}});
    ASSERT_TRUE(number);
    pollfd entry{short_lived.descriptor(), POLLIN, 0};
    while (text.find("started") == std::string::npos) {
      client::poll_until(&entry, 1, milliseconds(-1));
      short_lived.step();
    }
  }
  wait_until_closed();
}

}  // namespace
}  // namespace weir::apps::workflow
