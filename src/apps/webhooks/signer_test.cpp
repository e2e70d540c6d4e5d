#include "apps/webhooks/signer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "log/testing/test_log.hpp"

namespace weir::apps {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// RFC 8032, 7.1, TEST 2: the secret key, in base64.
constexpr std::string_view kRfcKey = "whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";

TEST(SigningKey, SignsAsTheRfcShows) {
  const auto key = SigningKey::parse(kRfcKey);
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key->public_text(), "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=");
  EXPECT_EQ(hex(key->sign("\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(SigningKey, IsWrittenAsItIsRead) {
  const auto key = SigningKey::generate();
  EXPECT_THAT(key.secret_text(), StartsWith("whsk_"));
  const auto again = SigningKey::parse(key.secret_text() + "\n");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_text(), key.public_text());
  EXPECT_EQ(again->sign("x"), key.sign("x"));
  EXPECT_NE(SigningKey::generate().public_text(), key.public_text());
}

TEST(SigningKey, RefusesWhatIsNoSecretKeyWithoutRepeatingIt) {
  const auto a = SigningKey::generate().secret_text();
  const auto b = SigningKey::generate().secret_text();
  // The first half of one and the second of the other: 43 base64 digits are 32 bytes and two bits.
  const auto mixed = a.substr(0, 5 + 40) + b.substr(5 + 40);
  for (const auto& text : {std::string(), std::string("whsk_"), std::string("whsk_AAAA"),
                           SigningKey::generate().public_text(), a.substr(0, a.size() - 4),
                           a + "AAAA", "whsk_*" + a.substr(6), mixed}) {
    const auto key = SigningKey::parse(text);
    ASSERT_FALSE(key) << text;
    if (text.size() > 10) {
      EXPECT_THAT(key.error().detail, Not(HasSubstr(text.substr(5))));
    }
  }
}

TEST(SigningKey, AFileIsMadeOnceAndForItsOwnerAlone) {
  const log::testing::TemporaryDirectory directory;
  const auto path = directory.path() + "/webhook.key";
  EXPECT_FALSE(SigningKey::from_file(path, false));
  const auto made = SigningKey::from_file(path, true);
  ASSERT_TRUE(made) << made.error().detail;
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(SigningKey::from_file(path, true)->public_text(), made->public_text());
  std::ofstream(path) << "nonsense\n";
  const auto bad = SigningKey::from_file(path, true);
  ASSERT_FALSE(bad) << "what is there is never overwritten";
  EXPECT_THAT(bad.error().detail, HasSubstr(path));
}

TEST(SharedSecret, SignsAsRfc4231Shows) {
  // Case 3 would be 20 bytes; 25 bytes of test case 4 (RFC 4231, 4.5).
  const auto secret = SharedSecret::parse("whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGQ==");
  ASSERT_TRUE(secret);
  EXPECT_EQ(hex(secret->sign(std::string(50, '\xcd'))),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

TEST(SharedSecret, MustBeOfTheLengthThatTheSpecificationAsksFor) {
  EXPECT_FALSE(SharedSecret::parse("whsec_AQIDBAUGBwg="));
  EXPECT_FALSE(SharedSecret::parse("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGQ=="));
  EXPECT_FALSE(SharedSecret::parse("whsec_" + std::string(4 * 30, 'A')));
  EXPECT_FALSE(SharedSecret::parse("whsec_ not base64 at all, but long enough"));
}

TEST(SignatureHeader, NamesBothSchemesWhereThereIsASecret) {
  const auto key = *SigningKey::parse(kRfcKey);
  const auto secret = *SharedSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  // The example of the specification's reference libraries.
  const auto header = signature_header(key, secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                                       R"({"test": 2432232314})");
  EXPECT_THAT(header, HasSubstr(" v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
  EXPECT_THAT(header, StartsWith("v1a,"));
  EXPECT_THAT(signature_header(key, std::nullopt, "a", 1, "b"), Not(HasSubstr("v1,")));
}

}  // namespace
}  // namespace weir::apps
