#include "apps/notifications/channels/mail.hpp"

#include <gmock/gmock.h>

#include "apps/notifications/addresses.hpp"
#include "apps/notifications/channels/smtp_client.hpp"

namespace weir::apps::notifications {
namespace {

using testing::HasSubstr;
using testing::Not;

Mail mail(std::string subject, std::string text) {
  return {.from = "weir@example.com",
          .to = "alice@example.com",
          .subject = std::move(subject),
          .text = std::move(text),
          .id = "ntf_1",
          .time = 1'767'225'600'000};
}

TEST(Mail, APlainTextStaysReadable) {
  const auto text = format_mail(mail("Hello", "one\ntwo\r\nthree"));
  EXPECT_THAT(text, HasSubstr("Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n"));
  EXPECT_THAT(text, HasSubstr("From: <weir@example.com>\r\nTo: <alice@example.com>\r\n"));
  EXPECT_THAT(text, HasSubstr("Message-ID: <ntf_1@example.com>\r\nSubject: Hello\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Transfer-Encoding: 7bit\r\n\r\none\r\ntwo\r\nthree\r\n"));
}

TEST(Mail, ASubjectCannotBecomeAnotherHeader) {
  const auto text = format_mail(mail("Hello\r\nBcc: mallory@example.com\r\n\r\nbody", "x"));
  EXPECT_THAT(text, Not(HasSubstr("Bcc:")));
  EXPECT_THAT(text, HasSubstr("Subject: =?UTF-8?B?"));
}

TEST(Mail, WhatIsNotPlainIsEncodedInLinesThatEveryServerTakes) {
  std::string subject;
  for (int i = 0; i < 40; ++i) subject += "привет ";
  const auto text = format_mail(mail(subject, std::string(5'000, 'x')));
  EXPECT_THAT(text, HasSubstr("Content-Transfer-Encoding: base64\r\n"));
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = text.find("\r\n", begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - begin, 100U);
    begin = end + 2;
  }
}

TEST(Mail, ADotAtTheBeginningOfALineDoesNotEndIt) {
  EXPECT_EQ(dot_stuffed("a\r\n.\r\n..b\r\n"), "a\r\n..\r\n...b\r\n.\r\n");
  EXPECT_EQ(dot_stuffed(".x\r\n"), "..x\r\n.\r\n");
}

TEST(Mail, AServersAddressIsReadWithItsPort) {
  const auto plain = parse_smtp_url("smtp://mail.example");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->url.port, "587");
  EXPECT_FALSE(plain->url.secure);
  const auto secure = parse_smtp_url("smtps://me%40example.com@[::1]:2525");
  ASSERT_TRUE(secure) << secure.error().message();
  EXPECT_EQ(secure->url.host, "::1");
  EXPECT_EQ(secure->url.port, "2525");
  EXPECT_TRUE(secure->url.secure);
  EXPECT_EQ(secure->user, "me@example.com");
  EXPECT_EQ(parse_smtp_url("smtp://mail.example:80")->url.port, "80");
  for (const auto* bad : {"mail.example", "http://mail.example", "smtp://a:b@mail.example",
                          "smtp://", "smtp://mail.example/path"}) {
    EXPECT_FALSE(parse_smtp_url(bad)) << bad;
  }
}

TEST(Addresses, TheOldestBrowserMakesRoomForANewOne) {
  Addresses addresses;
  const auto add = [&](int n) {
    addresses.add(
        {.endpoint = "https://push.example/" + std::to_string(n), .p256dh = {}, .auth = {}});
  };
  for (int i = 0; i < 10; ++i) add(i);
  add(0);
  add(10);
  ASSERT_EQ(addresses.push.size(), 10U);
  EXPECT_EQ(addresses.push.front().endpoint, "https://push.example/2");
  EXPECT_EQ(addresses.push[8].endpoint, "https://push.example/0") << "it came back just before";
  EXPECT_EQ(addresses.push.back().endpoint, "https://push.example/10");
}

TEST(Addresses, OnlyAddressesThatNeedNoQuotingAreTaken) {
  EXPECT_TRUE(Addresses::is_email("alice.b+tag@mail.example"));
  for (const auto* bad : {"", "@x", "a@", "a b@x.example", "a@x.example\r\nRCPT TO:<b@x>",
                          "<a@x.example>", "a@b@c", "\"a\"@x.example", "a@x,y"}) {
    EXPECT_FALSE(Addresses::is_email(bad)) << bad;
  }
}

}  // namespace
}  // namespace weir::apps::notifications
