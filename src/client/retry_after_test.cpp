#include "client/retry_after.hpp"

#include <gtest/gtest.h>

namespace weir::client {
namespace {

std::optional<std::chrono::milliseconds> of(std::string value, base::UnixMillis now = 0) {
  return retry_after({.status = 503, .headers = {{"retry-after", std::move(value)}}}, now);
}

TEST(RetryAfter, IsSecondsOrADate) {
  using std::chrono::milliseconds;
  constexpr base::UnixMillis kDate = 784'111'777'000;
  EXPECT_EQ(of("0"), milliseconds(0));
  EXPECT_EQ(of("120"), milliseconds(120'000));
  EXPECT_EQ(of("Sun, 06 Nov 1994 08:49:37 GMT", kDate - 5'000), milliseconds(5'000));
  EXPECT_EQ(of("Sun, 06 Nov 1994 08:49:37 GMT", kDate + 5'000), milliseconds(0));
  EXPECT_EQ(of("4000000000"), milliseconds(86'400'000)) << "nobody waits for a century";
}

TEST(RetryAfter, OfAnotherFormSaysNothing) {
  for (const char* text : {"", "-1", "1.5", "soon", "5 s", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 CET", "99999999999"}) {
    EXPECT_EQ(of(text), std::nullopt) << text;
  }
  EXPECT_EQ(retry_after({.status = 503, .headers = {}}, 0), std::nullopt);
}

}  // namespace
}  // namespace weir::client
