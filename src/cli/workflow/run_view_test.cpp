#include "cli/workflow/run_view.hpp"

#include <gtest/gtest.h>

#include <string>

#include "cli/workflow/run_input.hpp"
#include "cli/workflow/run_screen.hpp"
#include "cli/workflow/workflow_client.hpp"

namespace weir::cli {
namespace {

namespace json = boost::json;

constexpr const char* kSnapshot =
    R"({"executionId":"wf_exec_1","workflowName":"Nightly","status":"running",
    "startTime":"2024-05-01T12:00:00.000Z","executionTime":null,"error":null,"rev":4,"nodeDetails":{
    "fetch":{"name":"Fetch it","status":"running","attempt":1,"startTime":"2024-05-01T12:00:00.000Z","duration":null},
    "each":{"name":"Each","status":"pending","attempt":0,"startTime":null,"duration":null},
    "done":{"name":"done","status":"pending","attempt":0,"startTime":null,"duration":null}}})";

bool take(RunView& run, const char* type, const char* data) {
  return run.take(type, json::parse(data).as_object());
}

std::string shown(const RunView& run, ScreenOptions options) {
  options.colour = false;
  std::string text;
  // 12:00:02.500
  for (const auto& line : run_lines(run, 1'714'564'802'500, options)) text += line + "\n";
  return text;
}

TEST(RunView, EventsBringASnapshotUpToDate) {
  RunView run;
  EXPECT_FALSE(run.begun());
  EXPECT_TRUE(take(run, "snapshot", kSnapshot));
  EXPECT_TRUE(run.begun());
  EXPECT_TRUE(take(
      run, "node.progress",
      R"({"executionId":"wf_exec_1","nodeId":"fetch","rev":4,"percent":42.4,"message":"half"})"));
  EXPECT_EQ(shown(run, {}),
            "wf_exec_1  Nightly  running  2.5 s\n"
            " ◐ Fetch it  running            2.5 s  42 % half\n"
            " ○ Each      pending                 \n"
            " ○ done      pending                 \n");
  take(
      run, "node.completed",
      R"({"executionId":"wf_exec_1","nodeId":"fetch","attempt":1,"rev":5,"status":"completed","duration":1200})");
  take(
      run, "node.started",
      R"({"executionId":"wf_exec_1","nodeId":"each","attempt":1,"rev":6,"status":"running","timestamp":1714564801000})");
  take(
      run, "node.started",
      R"({"executionId":"wf_exec_1","nodeId":"each/0","attempt":1,"rev":7,"status":"running","timestamp":1714564802000})");
  take(
      run, "node.retrying",
      R"({"executionId":"wf_exec_1","nodeId":"each/1","attempt":2,"rev":8,"status":"retrying","error":"no\nway"})");
  EXPECT_EQ(shown(run, {.frame = 1}),
            "wf_exec_1  Nightly  running  2.5 s\n"
            " ✔ Fetch it  completed          1.2 s\n"
            " ◓ Each      running            1.5 s\n"
            "   ◓ each/0  running           500 ms\n"
            "   ↻ each/1  retrying                  attempt 2 no way\n"
            " ○ done      pending                 \n");
  EXPECT_FALSE(run.over());
  take(
      run, "workflow.failed",
      R"({"executionId":"wf_exec_1","rev":9,"status":"failed","executionTime":2400,"error":"each: no"})");
  EXPECT_TRUE(run.over());
  EXPECT_FALSE(run.completed());
  EXPECT_EQ(summary_line(run),
            "wf_exec_1 of Nightly is failed, 1 of 5 nodes have ended in 2.4 s: each: no");
}

TEST(RunView, WhatItKnowsAlreadyChangesNothing) {
  RunView run;
  take(run, "snapshot", kSnapshot);
  EXPECT_FALSE(take(run, "node.failed", R"({"nodeId":"fetch","rev":4,"status":"failed"})"));
  EXPECT_FALSE(take(run, "heartbeat", R"({"rev":9})"));
  EXPECT_FALSE(take(run, "system", R"({})"));
  EXPECT_EQ(run.find("fetch")->status, "running");
  EXPECT_EQ(run.find("nothing"), nullptr);
}

TEST(RunView, NoLineIsWiderThanTheTerminalAndNoPictureHigher) {
  RunView run;
  take(run, "snapshot", kSnapshot);
  take(
      run, "node.failed",
      R"({"executionId":"wf_exec_1","nodeId":"fetch","rev":5,"status":"failed","duration":5,"error":"ünïcödé ünïcödé ünïcödé ünïcödé ünïcödé"})");
  for (int i = 0; i < 40; ++i) {
    const auto data = json::object{
        {"nodeId", "each/" + std::to_string(i)}, {"rev", 10 + i}, {"status", "running"}};
    run.take("node.started", data);
  }
  const auto lines = run_lines(run, 0, {.columns = 60, .rows = 12, .colour = false});
  EXPECT_LE(lines.size(), 12U);
  for (const auto& line : lines) {
    std::size_t columns = 0;
    for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    EXPECT_LE(columns, 60U) << line;
  }
  EXPECT_NE(lines.back().find(" more"), std::string::npos) << lines.back();
}

TEST(RunView, EventsAreToldAsLines) {
  const auto line = [](const char* type, const char* data) {
    return event_line(type, json::parse(data).as_object());
  };
  EXPECT_EQ(line("node.started", R"({"nodeId":"a","timestamp":1714564802500,"attempt":1})"),
            "12:00:02.500 a started");
  EXPECT_EQ(line("node.started", R"({"nodeId":"a","timestamp":1714564802500,"attempt":3})"),
            "12:00:02.500 a started (attempt 3)");
  EXPECT_EQ(line("node.failed",
                 R"({"nodeId":"a","timestamp":1714564802500,"duration":61000,"error":"no\nway"})"),
            "12:00:02.500 a failed in 1 min 1 s: no way");
  EXPECT_EQ(line("approval.requested", R"({"nodeId":"a","timestamp":1714564802500,"title":"Go?"})"),
            "12:00:02.500 a asks for an approval: Go?");
  EXPECT_EQ(line("approval.resolved",
                 R"({"nodeId":"a","timestamp":1714564802500,"decision":"approved","by":"ada"})"),
            "12:00:02.500 a approved by ada");
  EXPECT_EQ(line("workflow.completed", R"({"timestamp":1714564802500,"executionTime":7200000})"),
            "12:00:02.500 workflow completed in 2 h 0 min");
  EXPECT_EQ(line("node.log", R"({"nodeId":"a","timestamp":1})"), "");
}

TEST(RunInput, IsJsonWithMembersPutIn) {
  const auto made = [](const std::string& input, const std::vector<std::string>& settings) {
    const auto value = run_input(input, settings);
    return value ? json::serialize(*value) : value.error().detail;
  };
  EXPECT_EQ(made("", {}), "null");
  EXPECT_EQ(made("[1]", {}), "[1]");
  EXPECT_EQ(made("", {"a=1", "b=text", "c=", "d={\"x\":[true]}", "e=\"1\"", "f=a=b"}),
            R"({"a":1,"b":"text","c":"","d":{"x":[true]},"e":"1","f":"a=b"})");
  EXPECT_EQ(made(R"({"a":1})", {"a=2"}), R"({"a":2})");
  EXPECT_EQ(made("[1]", {"a=2"}), "--set needs an --input that is an object");
  EXPECT_EQ(made("", {"=2"}), "--set takes name=value, and not \"=2\"");
  EXPECT_EQ(made("{", {}), "--input: this is no JSON: incomplete JSON");
}

}  // namespace
}  // namespace weir::cli
