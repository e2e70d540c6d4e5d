#include "apps/workflow/effects/effects.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "apps/workflow/effects/testing/recording_sink.hpp"
#include "base/descriptor.hpp"
#include "base/guarded.hpp"
#include "client/interrupt.hpp"
#include "client/test_server.hpp"
#include "proto/trace_context.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using client::TestPeer;
using client::TestServer;
using testing::HasSubstr;
using testing::Not;

class EffectsTest : public testing::Test {
 protected:
  EffectsTest() {
    std::string form = testing::TempDir() + "effects.XXXXXX";
    directory_ = ::mkdtemp(form.data());
    settings_.effects.http_private = {"127.0.0.1"};
  }
  ~EffectsTest() override {
    effects_.reset();
    std::filesystem::remove_all(directory_);
  }

  /// With the settings as they are at the first call.
  Effects& effects() {
    if (!effects_) {
      effects_ = std::make_unique<Effects>(Effects::Environment{
          .settings = [settings =
                           std::make_shared<const base::Settings>(settings_)] { return settings; },
          .publish =
              [this](hub::PublishRequest request, hub::Hub::PublishDone done) {
                published_.with([&](auto& all) { all.push_back(std::move(request)); });
                done(hub::Published{.epoch = {0xabc}, .first = base::Sequence{7}, .count = 1});
              }});
    }
    return *effects_;
  }

  EffectRequest request(NodeKind kind, std::string_view with) {
    EffectRequest request;
    request.id = {"wf_exec_1", "node" + std::to_string(++nodes_), 1};
    request.kind = kind;
    request.with = json::parse(with).as_object();
    request.secrets = secrets_;
    return request;
  }
  std::shared_ptr<RecordingSink> start(const EffectRequest& request) {
    auto sink = std::make_shared<RecordingSink>();
    effects().start(request, sink);
    return sink;
  }
  EffectOutcome run(NodeKind kind, std::string_view with) {
    return start(request(kind, with))->outcome();
  }
  EffectOutcome shell(std::string_view with) { return run(NodeKind::kShell, with); }
  /// A script that says that it has begun and then waits for ever.
  EffectRequest endless(std::string_view before = "") {
    return request(NodeKind::kShell,
                   json::serialize(json::object{
                       {"script", std::string(before) + "\necho begun; sleep 1000 & wait"}}));
  }

  std::string directory_;
  base::Settings settings_;
  std::vector<std::string> secrets_;
  base::Guarded<std::vector<hub::PublishRequest>> published_;
  std::unique_ptr<Effects> effects_;
  int nodes_ = 0;
};

TEST_F(EffectsTest, ACommandResultsInItsExitCodeAndItsOutput) {
  const auto outcome = shell(R"json({"script":"echo '{\"n\": 1}'; echo careful >&2"})json");
  EXPECT_TRUE(outcome.ok) << outcome.error;
  EXPECT_EQ(
      outcome.output,
      json::parse(
          R"json({"exitCode":0,"stdout":"{\"n\": 1}\n","stderr":"careful\n","json":{"n":1}})json"));
  const auto failed = shell(R"json({"script":"echo no; exit 3"})json");
  EXPECT_FALSE(failed.ok);
  EXPECT_TRUE(failed.retryable);
  EXPECT_EQ(failed.error, "the command ended with status 3");
  EXPECT_EQ(failed.output, json::parse(R"json({"exitCode":3,"stdout":"no\n","stderr":""})json"));
}

TEST_F(EffectsTest, ArgumentsAreNoCode) {
  EXPECT_EQ(shell(R"json({"command":"printf","args":["%s|","$(id)","a b",1.5,true]})json")
                .output.at("stdout"),
            "$(id)|a b|1.5|true|");
  EXPECT_EQ(shell(R"json({"script":"printf '%s|' \"$1\" \"$2\"","args":["; exit 9","*"]})json")
                .output.at("stdout"),
            "; exit 9|*|");
}

TEST_F(EffectsTest, ACommandHasACleanEnvironment) {
  ::setenv("WEIR_TEST_LEAK", "leaked", 1);
  auto wanted =
      request(NodeKind::kShell, R"json({"command":"env","env":{"MINE":"a b","N":2}})json");
  wanted.trace = proto::pack_trace(
      *proto::parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  const auto outcome = start(wanted)->outcome();
  const std::string text(outcome.output.at("stdout").as_string());
  for (const char* line :
       {"MINE=a b\n", "N=2\n", "LANG=C.UTF-8\n", "WEIR_EXECUTION=wf_exec_1\n", "WEIR_NODE=node1\n",
        "WEIR_ATTEMPT=1\n", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
        "TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("leaked")));
  ::unsetenv("WEIR_TEST_LEAK");
}

TEST_F(EffectsTest, WhatIsWrongWithACommandIsSaidAndNotTriedAgain) {
  for (const auto& [with, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"json({"command":"no-such-program"})json", "there is no program \"no-such-program\""},
           {R"json({"command":"ls -l"})json", "its arguments go into args"},
           {R"json({"command":"/no/such/program"})json", "No such file"},
           {R"json({"command":"true","workingDirectory":"relative"})json", "absolute"},
           {R"json({"command":"true","workingDirectory":"/no/such"})json",
            "cannot work in /no/such"},
           {R"json({"command":"true","env":{"A=B":"x"}})json", "no name of a variable"},
           {R"json({"command":"true","user":"no-such-user-here"})json", "no user"},
           {R"json({"command":"true","limits":{"memory":"much"}})json", "memory"}}) {
    const auto outcome = shell(with);
    EXPECT_FALSE(outcome.ok) << with;
    EXPECT_FALSE(outcome.retryable) << with;
    EXPECT_THAT(outcome.error, HasSubstr(why));
  }
}

TEST_F(EffectsTest, ANodeCanOnlyLowerALimit) {
  settings_.effects.shell_files = 50;
  EXPECT_EQ(
      shell(R"json({"script":"ulimit -n","limits":{"openFiles":20}})json").output.at("stdout"),
      "20\n");
  EXPECT_EQ(
      shell(R"json({"script":"ulimit -n","limits":{"openFiles":500}})json").output.at("stdout"),
      "50\n");
}

TEST_F(EffectsTest, CommandsRunOnlyWhereTheyMay) {
  settings_.listen = {":3000"};
  const auto outcome = shell(R"json({"command":"true"})json");
  EXPECT_FALSE(outcome.ok);
  EXPECT_THAT(outcome.error, HasSubstr("workflow_shell"));
}

TEST_F(EffectsTest, OfLongOutputTheEndIsKept) {
  settings_.effects.output_bytes_max = 1'000;
  settings_.effects.log_bytes_max = 2'000;
  const auto sink = start(
      request(NodeKind::kShell,
              R"json({"script":"i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done"})json"));
  const auto outcome = sink->outcome();
  const std::string text(outcome.output.at("stdout").as_string());
  EXPECT_EQ(text.size(), 1'000U);
  EXPECT_TRUE(text.ends_with("2998\n2999\n"));
  EXPECT_EQ(outcome.output.at("truncated"), true);
  EXPECT_EQ(sink->log_of("stdout").size(), 2'000U);
  EXPECT_THAT(sink->log_of("log"), HasSubstr("The log ends here"));
  EXPECT_EQ(effects().metrics().logs_cut.get(), 1U);
}

TEST_F(EffectsTest, LinesOfACommandTellItsProgress) {
  const auto sink =
      start(request(NodeKind::kShell, R"json({"script":"echo '::progress 40 half way'"})json"));
  sink->outcome();
  EXPECT_THAT(sink->progress(), testing::ElementsAre(testing::Pair(40.0, "half way")));
  EXPECT_EQ(sink->log_of("stdout"), "::progress 40 half way\n");
}

TEST_F(EffectsTest, SecretsLeaveNoAttempt) {
  secrets_ = {"s3cret-value"};
  const auto sink = start(request(
      NodeKind::kShell,
      R"json({"script":"printf s3cret; echo -value; printf %s $S | base64; echo $S >&2; exit 1",
          "env":{"S":"s3cret-value"}})json"));
  const auto outcome = sink->outcome();
  EXPECT_EQ(outcome.output.at("stdout"), "***\n***\n");
  EXPECT_EQ(outcome.output.at("stderr"), "***\n");
  EXPECT_EQ(sink->log_of("stdout"), "***\n***\n");
  EXPECT_EQ(sink->log_of("stderr"), "***\n");

  const auto script = start(request(
      NodeKind::kScript,
      R"json({"source":"log('s3cret-value') progress(5, 's3cret-value') error('s3cret-value')"
})json"));
  EXPECT_EQ(script->outcome().error, "script:1: ***");
  EXPECT_EQ(script->log_of("log"), "***\n");
  EXPECT_EQ(script->progress().front().second, "***");
}

TEST_F(EffectsTest, CancellingEndsACommandWithAllThatItHasStarted) {
  const auto fifo = directory_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const base::Descriptor reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto wanted = endless("exec 9>" + fifo);
  const auto sink = start(wanted);
  sink->wait_for_log("stdout", "begun");
  effects().cancel(wanted.id);
  const auto outcome = sink->outcome();
  EXPECT_TRUE(outcome.cancelled);
  EXPECT_FALSE(outcome.ok || outcome.retryable);
  EXPECT_EQ(outcome.output.at("stdout"), "begun\n");
  ::fcntl(reader.get(), F_SETFL, 0);
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 0) << "nobody has it open any more";
  EXPECT_EQ(effects().metrics().cancelled.get(), 1U);
}

TEST_F(EffectsTest, WhatDoesNotHearSigtermIsKilled) {
  settings_.effects.kill_grace = std::chrono::milliseconds(1);
  const auto wanted = endless("trap '' TERM");
  const auto sink = start(wanted);
  sink->wait_for_log("stdout", "begun");
  effects().cancel(wanted.id);
  EXPECT_TRUE(sink->outcome().cancelled);
  EXPECT_EQ(effects().metrics().killed.get(), 1U);
}

TEST_F(EffectsTest, ADeadlineEndsWhatRunsAndWhatWaits) {
  settings_.effects.processes_max = 1;
  auto runs = endless();
  auto waits = endless();
  runs.deadline = waits.deadline = base::system_clock().unix_millis() + 300;
  const auto first = start(runs);
  const auto second = start(waits);
  for (const auto& sink : {first, second}) {
    const auto outcome = sink->outcome();
    EXPECT_TRUE(outcome.timed_out);
    EXPECT_TRUE(outcome.retryable);
    EXPECT_FALSE(outcome.cancelled);
  }
  EXPECT_EQ(second->log_of("stdout"), "") << "it never began";
  EXPECT_EQ(effects().metrics().timed_out.get(), 2U);
}

TEST_F(EffectsTest, AsManyRunAsMayAndTheOthersWaitInOrder) {
  settings_.effects.processes_max = 1;
  settings_.effects.waiting_max = 2;
  const auto blocked = endless();
  const auto first = start(blocked);
  first->wait_for_log("stdout", "begun");
  const auto cancelled = request(NodeKind::kShell, R"json({"command":"true"})json");
  const auto second = start(cancelled);
  const auto third =
      start(request(NodeKind::kShell, R"json({"command":"echo","args":["third"]})json"));
  const auto refused = start(request(NodeKind::kShell, R"json({"command":"true"})json"))->outcome();
  EXPECT_THAT(refused.error, HasSubstr("workflow_effects_waiting_max"));
  EXPECT_TRUE(refused.retryable);
  EXPECT_EQ(effects().metrics().refused.get(), 1U);
  effects().cancel(cancelled.id);
  EXPECT_TRUE(second->outcome().cancelled);
  EXPECT_EQ(third->ends(), 0);
  effects().cancel(blocked.id);
  EXPECT_EQ(third->outcome().output.at("stdout"), "third\n");
}

TEST_F(EffectsTest, AnAttemptThatIsNotKnownIsCancelledWithoutAWord) {
  const auto done = request(NodeKind::kShell, R"json({"command":"true"})json");
  const auto sink = start(done);
  sink->outcome();
  effects().cancel(done.id);
  effects().cancel({"wf_exec_2", "node1", 1});
  EXPECT_TRUE(shell(R"json({"command":"true"})json").ok);
  EXPECT_EQ(sink->ends(), 1);
}

TEST_F(EffectsTest, StoppingBreaksEverythingOffWithoutAWord) {
  const auto fifo = directory_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const base::Descriptor reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto command = start(endless("exec 9>" + fifo + "; trap '' TERM"));
  command->wait_for_log("stdout", "begun");
  client::Interrupt asked;
  TestServer server({[&](TestPeer& peer) {
    peer.read_head();
    asked.trigger();
    peer.wait_until_closed();
  }});
  const auto call =
      start(request(NodeKind::kHttp, json::serialize(json::object{{"url", server.text_url()}})));
  const auto script =
      start(request(NodeKind::kScript, R"json({"source":"log('begun') while true do end"})json"));
  script->wait_for_log("log", "begun");
  pollfd entry{asked.descriptor(), POLLIN, 0};
  ASSERT_EQ(::poll(&entry, 1, -1), 1);
  effects().stop();
  ::fcntl(reader.get(), F_SETFL, 0);
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 0);
  for (const auto& sink : {command, call, script}) EXPECT_EQ(sink->ends(), 0);
}

TEST_F(EffectsTest, AScriptResultsInWhatItReturns) {
  auto wanted =
      request(NodeKind::kScript, R"json({"source":"return {sum = input.a + nodes.x.output}"})json");
  wanted.scope = json::parse(R"json({"input":{"a":1},"nodes":{"x":{"output":2}}})json").as_object();
  EXPECT_EQ(start(wanted)->outcome().output, json::parse(R"json({"sum":3})json"));
  const auto failed = run(NodeKind::kScript, R"json({"source":"error('bad')"
})json");
  EXPECT_EQ(failed.error, "script:1: bad");
  EXPECT_TRUE(failed.retryable);
  EXPECT_FALSE(run(NodeKind::kScript, R"json({"source":"return +"})json").retryable);
}

TEST_F(EffectsTest, AScriptEndsWhenItIsCancelled) {
  settings_.effects.script_instructions = UINT64_MAX;
  const auto wanted =
      request(NodeKind::kScript, R"json({"source":"log('begun') while true do end"})json");
  const auto sink = start(wanted);
  sink->wait_for_log("log", "begun");
  effects().cancel(wanted.id);
  EXPECT_TRUE(sink->outcome().cancelled);
}

TEST_F(EffectsTest, AnEndlessScriptEndsByItself) {
  settings_.effects.script_instructions = 100'000;
  const auto outcome = run(NodeKind::kScript, R"json({"source":"while true do end"})json");
  EXPECT_THAT(outcome.error, HasSubstr("workflow_script_instructions"));
  EXPECT_FALSE(outcome.retryable);
}

TEST_F(EffectsTest, ARequestEndsWhenItIsCancelled) {
  client::Interrupt asked;
  TestServer server({[&](TestPeer& peer) {
    peer.read_head();
    asked.trigger();
    peer.wait_until_closed();
  }});
  const auto wanted =
      request(NodeKind::kHttp, json::serialize(json::object{{"url", server.text_url()}}));
  const auto sink = start(wanted);
  pollfd entry{asked.descriptor(), POLLIN, 0};
  ASSERT_EQ(::poll(&entry, 1, -1), 1);
  effects().cancel(wanted.id);
  EXPECT_TRUE(sink->outcome().cancelled);
}

TEST_F(EffectsTest, PublishesWithTheRulesOfEveryPublisher) {
  const auto outcome =
      run(NodeKind::kPublish,
          R"json({"topic":"a/b","event":"done","data":{"n":1},"key":"k","private":true})json");
  EXPECT_EQ(outcome.output, json::parse(R"json({"cursor":"0000000000000abc-7"})json"))
      << outcome.error;
  published_.with([](auto& all) {
    ASSERT_EQ(all.size(), 1U);
    const auto& event = all[0].events.at(0);
    EXPECT_EQ(event.topics, std::vector<std::string>{"a/b"});
    EXPECT_EQ(event.type, "done");
    EXPECT_EQ(event.data, R"json({"n":1})json");
    EXPECT_EQ(event.key, "k");
    EXPECT_TRUE(event.has(proto::kPrivate));
    EXPECT_EQ(all[0].idempotency_key, "workflow wf_exec_1 node1");
  });
  for (const char* with :
       {R"json({"topic":"$weir/workflow/executions"})json", R"json({"topic":"a\u0000b"})json",
        R"json({"topic":"a","event":"presence.joined"})json"}) {
    const auto refused = run(NodeKind::kPublish, with);
    EXPECT_FALSE(refused.ok || refused.retryable) << with;
  }
}

TEST_F(EffectsTest, WhatItsKindDoesNotTakeIsRefusedUnrun) {
  for (const auto& [kind, with] : std::initializer_list<std::pair<NodeKind, const char*>>{
           {NodeKind::kShell, R"json({})json"},
           {NodeKind::kShell, R"json({"command":"true","script":"true"})json"},
           {NodeKind::kHttp, R"json({"url":"http://127.0.0.1/","methode":"GET"})json"},
           {NodeKind::kScript, R"json({"source":5})json"},
           {NodeKind::kDelay, R"json({"duration":"1s"})json"}}) {
    const auto outcome = run(kind, with);
    EXPECT_FALSE(outcome.ok || outcome.retryable) << with;
    EXPECT_NE(outcome.error, "");
  }
}

}  // namespace
}  // namespace weir::apps::workflow
