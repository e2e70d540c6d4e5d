#include "client/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::client {
namespace {

TEST(ClientUrl, IsCutIntoWhatARequestNeeds) {
  const auto url = parse_url("http://127.0.0.1:3000/v1/topics/a?x=1#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "127.0.0.1");
  EXPECT_EQ(url->port, "3000");
  EXPECT_EQ(url->authority, "127.0.0.1:3000");
  EXPECT_EQ(url->target, "/v1/topics/a?x=1");
}

TEST(ClientUrl, HasDefaults) {
  const auto url = parse_url("http://example.com");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, "80");
  EXPECT_EQ(url->authority, "example.com");
  EXPECT_EQ(url->target, "/");
}

TEST(ClientUrl, HttpsHasAPortAndAnOriginOfItsOwn) {
  const auto url = parse_url("https://example.com/x");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->authority, "example.com");
  EXPECT_EQ(url->text(), "https://example.com/x");
  EXPECT_EQ(parse_url("https://a:80/")->authority, "a:80");
  EXPECT_FALSE(parse_url("http://a:443/")->same_origin(*parse_url("https://a/")));
  EXPECT_TRUE(parse_url("https://a:443/")->same_origin(*parse_url("https://a/x")));
}

TEST(ClientUrl, AnIpv6AddressLosesItsBracketsOnlyForResolving) {
  const auto url = parse_url("http://[::1]:3000/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority, "[::1]:3000");
}

TEST(ClientUrl, RefusesWhatItCannotUseAndSaysWhy) {
  for (const char* bad : {"", "127.0.0.1:3000", "ftp://a/", "http://", "http://u:p@a/",
                          "http://a:0/", "http://a:99999/", "http://a b/"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

TEST(ClientUrl, ResolvesRedirects) {
  const Url base = *parse_url("http://a:3000/x/y?q");
  EXPECT_EQ(resolve(base, "/z")->text(), "http://a:3000/z");
  EXPECT_EQ(resolve(base, "z?r")->text(), "http://a:3000/x/z?r");
  EXPECT_EQ(resolve(base, "http://b/c")->text(), "http://b/c");
  EXPECT_EQ(resolve(base, "https://b/c")->text(), "https://b/c");
  EXPECT_FALSE(resolve(base, "ftp://b/c"));
  EXPECT_FALSE(resolve(base, "ht tp"));
}

TEST(ClientUrl, KeepsThePathThatAServerIsMountedAt) {
  EXPECT_EQ(with_path(*parse_url("http://a:1"), "/v1/publish").target, "/v1/publish");
  EXPECT_EQ(with_path(*parse_url("http://a:1/weir/?x"), "/v1/publish").target, "/weir/v1/publish");
}

}  // namespace
}  // namespace weir::client
