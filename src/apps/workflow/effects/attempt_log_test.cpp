#include "apps/workflow/effects/attempt_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/workflow/effects/testing/recording_sink.hpp"

namespace weir::apps::workflow {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(AttemptLog, EndsWhereItMayNotBeLongerAndSaysSo) {
  RecordingSink sink;
  AttemptLog log(sink, 10);
  log.write("stdout", "12345");
  log.write("stderr", "1234я");
  EXPECT_TRUE(log.cut());
  log.write("stdout", "more");
  EXPECT_EQ(sink.log_of("stdout"), "12345");
  EXPECT_EQ(sink.log_of("stderr"), "1234") << "half of a letter is none";
  EXPECT_EQ(sink.log_of("log"), "The log ends here: it has reached workflow_log_bytes_max.\n");
}

TEST(ProgressLines, AreFoundHoweverTheOutputIsCut) {
  const std::string text =
      "first\n::progress 12.5 half way\n ::progress 1 no\n::progress 40\r\n::progress 50% x\n"
      "::progress nothing\n::progress 12x\n::progressive 3\n::progress 99 without an end";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    RecordingSink sink;
    ProgressPace pace(sink);
    ProgressLines lines(pace);
    for (std::size_t at = 0; at < text.size(); at += size) {
      lines.feed(std::string_view(text).substr(at, size));
      pace.flush();
    }
    ASSERT_FALSE(sink.progress().empty());
    EXPECT_EQ(sink.progress().back(), std::make_pair(50.0, std::string("x")));
    if (size > 1) continue;
    // A byte at a time nothing is held back.
    EXPECT_THAT(sink.progress(),
                ElementsAre(Pair(12.5, "half way"), Pair(40.0, ""), Pair(50.0, "x")));
  }
}

TEST(ProgressPace, TellsTheFirstAtOnceAndOfManyTheLast) {
  RecordingSink sink;
  ProgressPace pace(sink);
  for (int i = 0; i <= 1'000; ++i) pace.report(i / 10.0, std::to_string(i));
  pace.flush();
  const auto told = sink.progress();
  EXPECT_EQ(told.front(), std::make_pair(0.0, std::string("0")));
  EXPECT_EQ(told.back(), std::make_pair(100.0, std::string("1000")));
  EXPECT_LT(told.size(), 1'000U);
}

TEST(ProgressPace, BringsNumbersIntoTheirBounds) {
  RecordingSink sink;
  ProgressPace pace(sink);
  pace.report(-3, "");
  pace.flush();
  pace.report(1e300, std::string(5'000, 'x'));
  pace.flush();
  EXPECT_EQ(sink.progress()[0].first, 0);
  EXPECT_EQ(sink.progress()[1].first, 100);
  EXPECT_EQ(sink.progress()[1].second.size(), 1'024U);
}

TEST(LogStream, MasksBeforeItLogsAndBeforeItKeepsTheEnd) {
  RecordingSink sink;
  AttemptLog log(sink, 1'000);
  const Masker masker({"topsecret"});
  LogStream stream("stdout", log, masker, 8);
  for (const char* piece : {"the top", "secret is topsec", "ret", "\xC3"}) stream.feed(piece);
  stream.finish();
  EXPECT_EQ(sink.log_of("stdout"), "the *** is ***\xEF\xBF\xBD");
  EXPECT_EQ(stream.tail().text(), "s ***\xEF\xBF\xBD");
}

}  // namespace
}  // namespace weir::apps::workflow
