#include "api/pages/pages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/pages/gunzip.hpp"
#include "api/pages/page_files.hpp"

namespace weir::api {
namespace {

/// One request, and what it is answered with.
class RecordingExchange final : public net::Exchange {
 public:
  explicit RecordingExchange(net::RequestHead head) : head_(std::move(head)) {}

  const net::RequestHead& head() const override { return head_; }
  std::string_view body() const override { return {}; }
  bool alive() const override { return true; }
  void respond(net::Response response) override { response_ = std::move(response); }
  void start_response(net::Response) override { ADD_FAILURE() << "a page is answered whole"; }
  void write(std::string) override {}
  void finish() override {}
  std::size_t unsent() const override { return 0; }
  void pause_body() override {}
  void resume_body() override {}
  void on_abort(std::function<void()>) override {}
  net::OpenStream detach(net::StreamOwner, net::StreamOpening) override { return {}; }
  bool chunks_streams() const override { return true; }

  const net::Response& response() const { return response_.value(); }

 private:
  net::RequestHead head_;
  std::optional<net::Response> response_;
};

std::string header(const net::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

class Pages : public testing::Test {
 protected:
  Pages()
      : authority_(std::move(*access::Authority::open(base::Settings(), base::system_clock()))),
        gate_(*authority_, base::Settings(), base::system_clock()),
        router_([] { return std::make_shared<const base::Settings>(); }, gate_) {
    add_pages(router_);
  }

  using Fields = std::vector<std::pair<std::string, std::string>>;

  net::Response get(std::string target, const Fields& fields = {}) {
    net::RequestHead head;
    head.method = "GET";
    head.url = *proto::parse_target(target);
    head.target = std::move(target);
    for (const auto& [name, value] : fields) head.headers.add(name, value);
    auto exchange = std::make_shared<RecordingExchange>(std::move(head));
    router_.on_request(exchange);
    return exchange->response();
  }

  std::unique_ptr<access::Authority> authority_;
  Gate gate_;
  Router router_;
};

/// The biggest of the console's files: certainly one that is kept compressed alone.
const PageFile& biggest() {
  return *std::max_element(page_files().begin(), page_files().end(),
                           [](const auto& a, const auto& b) { return a.size < b.size; });
}

TEST_F(Pages, ThePageStandsAtEveryAddressOfTheConsole) {
  EXPECT_GE(page_paths().size(), 5U);
  for (const auto path : page_paths()) {
    const auto below = path.size() > 1 && path.ends_with('/') ? "a/b%20c" : "";
    const auto page = get(std::string(path) + below);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(header(page, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(header(page, "Cache-Control"), "no-cache");
    EXPECT_TRUE(page.body.starts_with("<!doctype html>")) << path;
  }
}

TEST_F(Pages, WhatIsNoAddressOfTheConsoleStaysUnknown) {
  for (const auto* path : {"/index.html", "/topic", "/connections/x", "/assets/", "/assets",
                           "/assets/index.html", "/assets/../pages.cpp", "/settings/"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(header(answer, "Content-Type"), "application/problem+json") << path;
  }
}

TEST_F(Pages, EveryPartThatThePageNamesIsServedWithItsType) {
  const auto page = get("/").body;
  std::size_t found = 0;
  for (auto at = page.find("\"/assets/"); at != page.npos; at = page.find("\"/assets/", at + 1)) {
    const auto name = page.substr(at + 1, page.find('"', at + 1) - at - 1);
    const auto part = get(name);
    EXPECT_EQ(part.status, 200) << name;
    EXPECT_NE(header(part, "Content-Type"), "application/octet-stream") << name;
    EXPECT_EQ(header(part, "X-Content-Type-Options"), "nosniff") << name;
    EXPECT_EQ(header(part, "Cache-Control"), "public, max-age=31536000, immutable") << name;
    ++found;
  }
  EXPECT_GE(found, 4U);
}

TEST_F(Pages, TheBellAloneMayBeLoadedByPagesOfOthers) {
  std::size_t others = 0;
  for (const auto& file : page_files()) {
    if (file.name == "index.html") continue;
    const auto policy = header(get("/" + std::string(file.name)), "Cross-Origin-Resource-Policy");
    const bool bell = file.name == "weir-bell.js";
    EXPECT_EQ(policy, bell ? "cross-origin" : "same-origin") << file.name;
    others += bell ? 0 : 1;
  }
  EXPECT_EQ(others, page_files().size() - 2) << "the page and the bell";
  EXPECT_EQ(header(get("/"), "Cross-Origin-Resource-Policy"), "same-origin");
  const auto etag = header(get("/weir-bell.js"), "ETag");
  const auto known = get("/weir-bell.js", {{"If-None-Match", etag}});
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(header(known, "Cross-Origin-Resource-Policy"), "cross-origin");
}

TEST_F(Pages, NothingInlineIsAllowedNorNeeded) {
  const auto page = get("/");
  const auto policy = header(page, "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), policy.npos);
  EXPECT_EQ(policy.find("unsafe"), policy.npos);
  EXPECT_EQ(page.body.find(" style="), page.body.npos);
  EXPECT_EQ(page.body.find(" onclick="), page.body.npos);
  EXPECT_EQ(page.body.find("<style"), page.body.npos);
  EXPECT_EQ(page.body.find("<script>"), page.body.npos);
}

TEST_F(Pages, AFileIsSentInTheCodingThatTheClientWants) {
  const auto& file = biggest();
  const auto path = "/" + std::string(file.name);
  const auto coding = [&](const char* accepted) {
    return header(get(path, {{"Accept-Encoding", accepted}}), "Content-Encoding");
  };
  EXPECT_EQ(coding("gzip, deflate, br"), "br");
  EXPECT_EQ(coding("br;q=0.5, gzip"), "gzip");
  EXPECT_EQ(coding("gzip"), "gzip");
  EXPECT_EQ(coding("br;q=0, *"), "gzip");
  EXPECT_EQ(coding("zstd"), "");
  EXPECT_EQ(coding("gzip;q=0, br;q=0"), "");
  EXPECT_EQ(get(path, {{"Accept-Encoding", "br"}}).body, file.brotli);
  EXPECT_EQ(header(get(path), "Vary"), "Accept-Encoding");
}

TEST_F(Pages, WhoTakesNothingCompressedGetsTheSameContent) {
  const auto& file = biggest();
  ASSERT_TRUE(file.plain.empty()) << "kept compressed alone";
  const auto answer = get("/" + std::string(file.name));
  EXPECT_EQ(header(answer, "Content-Encoding"), "");
  EXPECT_EQ(answer.body.size(), file.size);
  EXPECT_EQ(answer.body, gunzip(file.gzip, file.size));
}

TEST_F(Pages, AKnownTagIsAnsweredWithNotModified) {
  const auto etag = header(get("/"), "ETag");
  ASSERT_GT(etag.size(), 2U);
  for (const auto& known : {etag, "W/" + etag, "\"other\" , " + etag, std::string("*")}) {
    const auto again = get("/", {{"If-None-Match", known}});
    EXPECT_EQ(again.status, 304) << known;
    EXPECT_EQ(header(again, "ETag"), etag);
    EXPECT_TRUE(again.body.empty());
  }
}

TEST_F(Pages, AnotherTagGetsThePage) {
  const auto etag = header(get("/"), "ETag");
  for (const auto& other : {std::string("\"other\""), etag.substr(0, etag.size() - 2) + "\"",
                            std::string(","), std::string("W/")}) {
    EXPECT_EQ(get("/", {{"If-None-Match", other}}).status, 200) << other;
  }
}

TEST_F(Pages, EachCodingHasATagOfItsOwn) {
  const auto path = "/" + std::string(biggest().name);
  std::set<std::string> tags;
  for (const auto* accepted : {"br", "gzip", "identity"}) {
    tags.insert(header(get(path, {{"Accept-Encoding", accepted}}), "ETag"));
  }
  EXPECT_EQ(tags.size(), 3U);
}

TEST(PageFiles, EachHasATagOfItsOwn) {
  for (const auto& one : page_files()) {
    EXPECT_FALSE(one.plain.empty() && one.gzip.empty()) << one.name;
    for (const auto& other : page_files()) {
      EXPECT_EQ(&one == &other, one.tag == other.tag) << one.name << ' ' << other.name;
    }
  }
}

}  // namespace
}  // namespace weir::api
