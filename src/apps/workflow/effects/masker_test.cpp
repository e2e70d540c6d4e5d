#include "apps/workflow/effects/masker.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace weir::apps::workflow {
namespace {

// With everything that an encoding changes.
const std::string kSecret = "p@ss \"word\"/+1";

TEST(Masker, HidesAValueInEveryFormInWhichItTravels) {
  const Masker masker({kSecret});
  for (const char* text : {kSecret.c_str(), R"(p@ss \"word\"/+1)", "p%40ss%20%22word%22%2F%2B1",
                           "p%40ss%20%22word%22%2f%2b1", "p%40ss+%22word%22%2F%2B1",
                           "cEBzcyAid29yZCIvKzE=", "cEBzcyAid29yZCIvKzE"}) {
    EXPECT_EQ(masker.mask(std::string("before ") + text + " after"), "before *** after") << text;
  }
}

TEST(Masker, HidesWhatTheBase64OfALongerTextTellsOfAValue) {
  const Masker masker({"correct-horse"});
  // "user:correct-horse", "x:correct-horse!" and "ab:correct-horse".
  EXPECT_EQ(masker.mask("Basic dXNlcjpjb3JyZWN0LWhvcnNl").find("b3JyZWN0LWhvcnNl"),
            std::string::npos);
  EXPECT_EQ(masker.mask("eDpjb3JyZWN0LWhvcnNlIQ==").find("Y29ycmVjdC1ob3JzZ"), std::string::npos);
  EXPECT_NE(masker.mask("eDpjb3JyZWN0LWhvcnNlIQ==").find("***"), std::string::npos);
  EXPECT_NE(masker.mask("YWI6Y29ycmVjdC1ob3JzZQ==").find("***"), std::string::npos);
}

TEST(Masker, FindsAValueThatIsSplitOverPiecesOfAnySize) {
  const Masker masker({"secret-one", "secret-two", "ones"});
  const std::string text = "a secret-one, secret-two; secret-t and ones secret-on";
  const std::string masked = "a ***, ***; secret-t and *** secret-on";
  EXPECT_EQ(masker.mask(text), masked);
  for (std::size_t size = 1; size <= text.size(); ++size) {
    MaskedStream stream(masker);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += size) {
      stream.feed(std::string_view(text).substr(at, size), out);
      EXPECT_EQ(out.find("secret-one"), std::string::npos);
    }
    stream.finish(out);
    EXPECT_EQ(out, masked) << "in pieces of " << size;
  }
}

TEST(Masker, PrefersTheLongerOfTwoValuesThatBeginAlike) {
  const Masker masker({"token", "token-and-more"});
  EXPECT_EQ(masker.mask("token-and-more token"), "*** ***");
  MaskedStream stream(masker);
  std::string out;
  stream.feed("token", out);
  EXPECT_EQ(out, "") << "it may become the longer one";
  stream.feed("-and-more.", out);
  EXPECT_EQ(out, "***.");
}

TEST(Masker, HidesTheLinesOfAValueThatHasSeveral) {
  const Masker masker({"-----BEGIN KEY-----\nMIIEvgIBADANBg\r\nkq\n-----END KEY-----\n"});
  EXPECT_EQ(masker.mask("  MIIEvgIBADANBg\n  kq"), "  ***\n  kq");
}

TEST(Masker, HidesValuesInsideOfJson) {
  const Masker masker({"s3cret", "12345"});
  auto value = boost::json::parse(
      R"({"a":["x s3cret",{"s3cret":true}],"n":12345,"other":12,"f":1.5,"nothing":null})");
  masker.mask(value);
  EXPECT_EQ(value,
            boost::json::parse(
                R"({"a":["x ***",{"***":true}],"n":"***","other":12,"f":1.5,"nothing":null})"));
}

TEST(Masker, LeavesWhatIsTooShortToBeASecret) {
  const Masker masker({"", "abc"});
  EXPECT_TRUE(masker.empty());
  EXPECT_EQ(masker.mask("abc"), "abc");
}

}  // namespace
}  // namespace weir::apps::workflow
