#include "apps/notifications/channels/web_push.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "apps/notifications/channels/message.hpp"
#include "apps/webhooks/signer.hpp"
#include "log/testing/test_log.hpp"
#include "proto/base64url.hpp"

namespace weir::apps::notifications {
namespace {

/// A private key of P-256 as PEM (RFC 5915), out of its number and its point.
std::string pem_of(std::string_view number, std::string_view point) {
  std::string der("\x30\x77\x02\x01\x01\x04\x20", 7);
  der += number;
  der += std::string("\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\xa1\x44\x03\x42\x00", 17);
  der += point;
  return "-----BEGIN EC PRIVATE KEY-----\n" + base64(der) + "\n-----END EC PRIVATE KEY-----\n";
}

TEST(WebPush, TheExampleOfTheSpecificationIsEncryptedToTheByte) {
  // RFC 8291, 5 and appendix A.
  const auto number = proto::from_base64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
  const auto point = proto::from_base64url(
      "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
  ASSERT_TRUE(number && point);
  const log::testing::TemporaryDirectory directory;
  const auto path = directory.path() + "/key.pem";
  std::ofstream(path) << pem_of(*number, *point);
  const auto sender = PushKey::from_file(path);
  ASSERT_TRUE(sender) << sender.error().message();
  EXPECT_EQ(sender->point(), *point);
  const PushSubscription browser{
      .endpoint = "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
      .p256dh =
          "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
      .auth = "BTBZMqHH6r4Tts7J_aSIgg"};
  const auto body = encrypt_push(browser, "When I grow up, I want to be a watermelon", *sender,
                                 *proto::from_base64url("DGv6ra1nlYgDCS1FRnbzlw"));
  ASSERT_TRUE(body) << body.error().message();
  EXPECT_EQ(proto::to_base64url(*body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc"
            "InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLV"
            "WGNWQexSgSxsj_Qulcy4a-fN");
}

TEST(WebPush, AKeyFileIsMadeOnceAndReadFromThenOn) {
  const log::testing::TemporaryDirectory directory;
  const auto first = PushKey::from_file(directory.path() + "/push.key");
  ASSERT_TRUE(first) << first.error().message();
  const auto again = PushKey::from_file(directory.path() + "/push.key");
  ASSERT_TRUE(again);
  EXPECT_EQ(first->point(), again->point());
}

TEST(WebPush, WhatIsNoPointOfTheCurveIsRefused) {
  std::string point = PushKey::generate().point();
  EXPECT_TRUE(PushKey::from_point(point));
  point.back() = static_cast<char>(point.back() ^ 1);
  EXPECT_FALSE(PushKey::from_point(point));
  EXPECT_FALSE(PushKey::from_point("short"));
}

PushSubscription subscription(std::string endpoint) {
  return {.endpoint = std::move(endpoint),
          .p256dh = proto::to_base64url(PushKey::generate().point()),
          .auth = std::string(21, 'A') + "A"};
}

TEST(WebPush, ASubscriptionIsHeldAgainstTheRulesWhenItComes) {
  EXPECT_TRUE(check_push_subscription(subscription("https://push.example/a"), false));
  for (const auto* endpoint :
       {"https://", "http://push.example/a", "https://push.example/a b", "ftp://push.example",
        "https://127.0.0.1/a", "https://[::1]:4824/", "https://10.1.2.3/", "push.example/a"}) {
    EXPECT_FALSE(check_push_subscription(subscription(endpoint), false)) << endpoint;
  }
  EXPECT_TRUE(check_push_subscription(subscription("http://127.0.0.1:4824/a"), true));
  EXPECT_FALSE(check_push_subscription(subscription("http://127.0.0.1:4824/a b"), true));
  auto no_point = subscription("https://push.example/a");
  no_point.p256dh = proto::to_base64url(std::string(65, '\x01'));
  EXPECT_FALSE(check_push_subscription(no_point, true));
}

TEST(WebPush, WhateverTheTextsHoldTheMessageFits) {
  const std::string control(5'000, '\x01');
  Message message{.id = "ntf_0123456789abcdef",
                  .type = std::string(64, '\x01'),
                  .title = control,
                  .body = control,
                  .action_url = "/" + std::string(2'047, '\\')};
  const auto text = push_text(message, kPushBytesMax);
  EXPECT_LE(text.size(), kPushBytesMax);
  EXPECT_TRUE(encrypt_push(subscription("https://push.example/a"), text));
  message.title = "Order 17";
  message.type = "order";
  message.body = "is on its way";
  message.action_url = "/" + std::string(2'047, 'a');
  const auto whole = push_text(message, kPushBytesMax);
  EXPECT_NE(whole.find(message.action_url), std::string::npos);
  EXPECT_NE(whole.find("is on its way"), std::string::npos);
}

}  // namespace
}  // namespace weir::apps::notifications
