#include "cli/doctor/diagnosis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/doctor/examination.hpp"
#include "cli/doctor/report.hpp"

namespace weir::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Measurements good() {
  Measurements found;
  found.url = "https://a.example";
  found.status = 200;
  found.secure = true;
  found.alpn = "h2";
  found.server_http = "1.1";
  found.frames_sent = 20;
  found.connections_tried = found.connections_granted = 20;
  return found;
}

/// The one finding that there is to be.
Finding only(const Measurements& found) {
  const auto findings = diagnose(found);
  EXPECT_THAT(findings, SizeIs(1));
  return findings.empty() ? Finding{} : findings.front();
}

TEST(Diagnosis, AGoodWayIsHealthy) {
  EXPECT_THAT(diagnose(good()), IsEmpty());
  EXPECT_THAT(report_text(good(), {}), HasSubstr("\nhealthy\n"));
}

TEST(Diagnosis, HeldEventsAreCuredWhereTheyAreHeld) {
  auto found = good();
  found.held = true;
  found.held_ms = 1'900;
  found.held_tested_bytes = 320 << 10;
  found.product = Product::kNginx;
  auto finding = only(found);
  EXPECT_TRUE(finding.problem);
  EXPECT_THAT(finding.text, HasSubstr("320KiB"));
  EXPECT_THAT(finding.cures, ElementsAre(AllOf(HasSubstr("nginx: `proxy_buffering off;`"),
                                               HasSubstr("proxy_ignore_headers"))));
  found.product = Product::kUnknown;
  found.held_bytes = 4'096;
  finding = only(found);
  EXPECT_THAT(finding.text, HasSubstr("4KiB"));
  EXPECT_GT(finding.cures.size(), 3U) << "whoever it is, it is among them";
}

TEST(Diagnosis, ACutBeforeTheSignOfLifeIsAProblemAndALaterOneIsNot) {
  auto found = good();
  found.product = Product::kHaproxy;
  found.cut_after_ms = 10'000;
  auto finding = only(found);
  EXPECT_TRUE(finding.problem);
  EXPECT_THAT(finding.text, HasSubstr("--keepalive 5s"));
  EXPECT_THAT(finding.cures, ElementsAre(HasSubstr("HAProxy: `timeout server")));
  found.cut_after_ms = 60'000;
  finding = only(found);
  EXPECT_FALSE(finding.problem);
  EXPECT_TRUE(healthy({finding}));
}

TEST(Diagnosis, CompressionIsAProblemWhereItHolds) {
  auto found = good();
  found.product = Product::kNginx;
  found.compression = "gzip";
  EXPECT_FALSE(only(found).problem);
  found.compression_holds = true;
  EXPECT_TRUE(only(found).problem);
  EXPECT_THAT(only(found).cures, ElementsAre(HasSubstr("gzip off;")));
}

TEST(Diagnosis, SaysWhyThereIsNoStream) {
  auto found = good();
  found.frames_sent = 0;
  found.status = 404;
  EXPECT_THAT(only(found).text, HasSubstr("/v1/doctor/stream"));
  found.status = 401;
  EXPECT_THAT(only(found).text, HasSubstr("--token"));
  found.status = 502;
  EXPECT_THAT(only(found).text, HasSubstr("does not reach Weir"));
  found.status = 503;
  found.refusal = "too-many-probes";
  EXPECT_THAT(only(found).text, HasSubstr("doctor_streams_max"));
  found.status = 429;
  found.refusal = "too-many-streams";
  EXPECT_THAT(only(found).text, HasSubstr("doctor_streams_per_address"));
  found.unreachable = "cannot connect";
  EXPECT_EQ(only(found).text, "cannot connect");
}

TEST(Diagnosis, AnswersForTheRest) {
  auto found = good();
  found.lost = 1;
  EXPECT_EQ(only(found).name, "damaged");
  found = good();
  found.cached = true;
  EXPECT_EQ(only(found).name, "cached");
  found = good();
  found.connections_granted = 5;
  EXPECT_TRUE(only(found).problem);
  found.connections_refused_by_weir = true;
  EXPECT_FALSE(only(found).problem);
  found = good();
  found.alpn = "http/1.1";
  EXPECT_EQ(only(found).name, "no-http2");
  found = good();
  found.server_http = "1.0";
  found.product = Product::kNginx;
  EXPECT_THAT(only(found).cures, ElementsAre(HasSubstr("proxy_http_version 1.1;")));
  found = good();
  found.http_minor = 0;
  EXPECT_TRUE(only(found).problem);
}

TEST(Diagnosis, KnowsProductsByWhatTheySayOfThemselves) {
  EXPECT_EQ(product_of("nginx/1.22.1", "", false), Product::kNginx);
  EXPECT_EQ(product_of("openresty", "", false), Product::kNginx);
  EXPECT_EQ(product_of("", "1.1 Caddy", false), Product::kCaddy);
  EXPECT_EQ(product_of("cloudflare", "", true), Product::kCloudflare);
  EXPECT_EQ(product_of("Apache/2.4", "", false), Product::kApache);
  EXPECT_EQ(product_of("envoy", "", false), Product::kEnvoy);
  EXPECT_EQ(product_of("awselb/2.0", "", false), Product::kAws);
  EXPECT_EQ(product_of("", "", false), Product::kUnknown);
}

StreamProbe::Frame frame(std::uint32_t number, double sent, double arrived,
                         std::size_t bytes = 50) {
  return {number, sent, arrived, bytes};
}

TEST(Frames, TellLossOrderAndRepetition) {
  StreamProbe probe;
  probe.complete = true;
  probe.frames = {frame(1, 0, 5), frame(3, 200, 205), frame(2, 100, 206), frame(3, 200, 207)};
  Measurements found;
  judge_frames(probe, 5, 100, found);
  EXPECT_EQ(found.lost, 2U);
  EXPECT_EQ(found.duplicated, 1U);
  EXPECT_EQ(found.reordered, 1U);
}

TEST(Frames, ThatComeAtTheEndWereHeldAndOneThatIsLateWasNot) {
  StreamProbe probe;
  probe.complete = true;
  for (std::uint32_t i = 0; i < 20; ++i) probe.frames.push_back(frame(i + 1, i * 100, 1'900));
  Measurements found;
  judge_frames(probe, 20, 100, found);
  EXPECT_TRUE(found.held);
  EXPECT_NEAR(found.held_ms, 1'900, 1);
  EXPECT_EQ(bytes_held(probe), std::nullopt) << "all of them at once";

  probe.frames.clear();
  for (std::uint32_t i = 0; i < 20; ++i) {
    probe.frames.push_back(frame(i + 1, i * 100, i * 100 + (i == 7 ? 900 : 3)));
  }
  found = {};
  judge_frames(probe, 20, 100, found);
  EXPECT_FALSE(found.held);
}

TEST(Frames, ThatComeInLotsTellTheBuffersSize) {
  StreamProbe probe;
  for (std::uint32_t i = 0; i < 20; ++i) {
    probe.frames.push_back(frame(i + 1, i * 20, (i / 4) * 80 + 90, 2'048));
  }
  EXPECT_EQ(bytes_held(probe), 4 * 2'048);
}

}  // namespace
}  // namespace weir::cli
