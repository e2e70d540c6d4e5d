#include "net/tls_context.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <iterator>

#include "net/tls_fixture.hpp"

namespace weir::net::test {
namespace {

class TlsFiles : public testing::Test {
 protected:
  TlsFiles() : settings_(tls_settings(certificates_)) {}

  std::string refusal() {
    const auto context =
        TlsContext::load(settings_, std::make_shared<TlsTickets>(std::chrono::hours(1)));
    if (context) return "";
    EXPECT_EQ(context.error().code, base::ErrorCode::kBadConfiguration);
    return context.error().detail;
  }

  TestCertificates certificates_;
  base::Settings settings_;
};

TEST_F(TlsFiles, AGoodPairIsLoadedAndItsEndIsKnown) {
  const auto context = tls_context(settings_);
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  EXPECT_GT(context->expires_at(), now + 3000);
  EXPECT_LE(context->expires_at(), now + 3600);
}

TEST_F(TlsFiles, TheKeyMayStandInTheCertificatesFile) {
  const auto slurp = [](const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  settings_.tls_certificate =
      certificates_.write("both.pem", slurp(settings_.tls_certificate) + slurp(settings_.tls_key));
  settings_.tls_key.clear();
  EXPECT_EQ(refusal(), "");
}

TEST_F(TlsFiles, AFileThatIsMissingIsNamedWithItsSetting) {
  settings_.tls_certificate = "/nowhere/weir.pem";
  EXPECT_EQ(refusal(), "tls_certificate: /nowhere/weir.pem: No such file or directory");
  settings_ = tls_settings(certificates_);
  settings_.tls_key = "/nowhere/weir.key";
  EXPECT_EQ(refusal(), "tls_key: /nowhere/weir.key: No such file or directory");
}

TEST_F(TlsFiles, AFileOfAnotherKindIsRefused) {
  settings_.tls_certificate = certificates_.write("text.pem", "not a certificate\n");
  EXPECT_NE(refusal().find("no certificate in PEM form"), std::string::npos) << refusal();
  settings_ = tls_settings(certificates_);
  settings_.tls_key = settings_.tls_certificate;
  EXPECT_NE(refusal().find("no private key in PEM form"), std::string::npos) << refusal();
}

TEST_F(TlsFiles, TheKeyOfAnotherCertificateIsRefused) {
  settings_.tls_key = certificates_.issue("other").key;
  EXPECT_NE(refusal().find("the key of another certificate"), std::string::npos) << refusal();
}

TEST_F(TlsFiles, ClientAuthoritiesAreLoadedWhereClientsAreAsked) {
  settings_.tls_client_ca = "/nowhere/ca.pem";
  EXPECT_EQ(refusal(), "") << "nobody is asked";
  settings_.tls_client_verify = "optional";
  EXPECT_EQ(refusal(), "tls_client_ca: /nowhere/ca.pem: No such file or directory");
  settings_.tls_client_ca = certificates_.write("empty.pem", "");
  EXPECT_NE(refusal().find("no certificate in PEM form"), std::string::npos) << refusal();
  settings_.tls_client_ca = certificates_.authority();
  EXPECT_EQ(refusal(), "");
}

TEST(TlsTickets, AKeyWritesForItsTimeAndReadsForOneMore) {
  using std::chrono::minutes;
  TlsTickets tickets{minutes(10)};
  const auto start = std::chrono::steady_clock::now();
  const auto name_of = [](const TlsTicketKey& key) {
    return std::string(key.name.begin(), key.name.end());
  };
  const std::string first = name_of(tickets.current(start));
  EXPECT_EQ(name_of(tickets.current(start + minutes(9))), first);
  const std::string second = name_of(tickets.current(start + minutes(11)));
  EXPECT_NE(second, first);
  ASSERT_TRUE(tickets.find(first, start + minutes(12)));
  EXPECT_FALSE(tickets.find(first, start + minutes(12))->current);
  EXPECT_TRUE(tickets.find(second, start + minutes(12))->current);
  EXPECT_FALSE(tickets.find(first, start + minutes(22))) << "its time is over";
  EXPECT_TRUE(tickets.find(second, start + minutes(22)));
  EXPECT_FALSE(tickets.find(second, start + minutes(100))) << "nobody asked for two turns";
}

TEST(TlsTickets, KeysCanBePassedOn) {
  TlsTickets first(std::chrono::minutes(10));
  TlsTickets second(std::chrono::minutes(10));
  const auto now = std::chrono::steady_clock::now();
  const TlsTicketKey key = first.current(now);
  ASSERT_TRUE(second.restore(first.save()));
  EXPECT_EQ(second.current(now).cipher, key.cipher);
  EXPECT_FALSE(second.restore("short"));
  EXPECT_EQ(second.current(now).cipher, key.cipher);
}

}  // namespace
}  // namespace weir::net::test
