#include "apps/workflow/effects/secret_box.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/small_file.hpp"

namespace weir::apps::workflow {
namespace {

class SecretBoxTest : public testing::Test {
 protected:
  SecretBoxTest() {
    std::string form = testing::TempDir() + "secret_box.XXXXXX";
    directory_ = ::mkdtemp(form.data());
    settings_.data_dir = directory_;
  }
  ~SecretBoxTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  base::Settings settings_;
};

TEST_F(SecretBoxTest, UnsealsWhatItHasSealedAlsoAfterARestart) {
  const auto box = SecretBox::open(settings_);
  ASSERT_TRUE(box) << box.error().detail;
  for (const auto& value :
       {std::string(), std::string("x"), std::string("päßwörd"), std::string(100'000, 'y')}) {
    const auto sealed = box->seal("API_TOKEN", value);
    EXPECT_TRUE(sealed.starts_with("v1."));
    EXPECT_EQ(SecretBox::open(settings_)->unseal("API_TOKEN", sealed).value(), value);
  }
}

TEST_F(SecretBoxTest, TheKeyIsItsOwnersAlone) {
  ASSERT_TRUE(SecretBox::open(settings_));
  struct stat found{};
  ASSERT_EQ(::stat((directory_ + "/secret.key").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  ASSERT_EQ(::chmod((directory_ + "/secret.key").c_str(), 0644), 0);
  EXPECT_FALSE(SecretBox::open(settings_));
}

TEST_F(SecretBoxTest, SealsAValueDifferentlyEachTime) {
  const SecretBox box(std::string(32, 'k'));
  EXPECT_NE(box.seal("A", "same"), box.seal("A", "same"));
}

TEST_F(SecretBoxTest, RefusesWhatWasChangedMovedOrSealedWithAnotherKey) {
  const SecretBox box(std::string(32, 'k'));
  const auto sealed = box.seal("A", "value");
  EXPECT_EQ(*box.unseal("A", sealed), "value");
  EXPECT_EQ(box.unseal("B", sealed).error().code, base::ErrorCode::kCorrupt) << "another row's";
  EXPECT_FALSE(SecretBox(std::string(32, 'l')).unseal("A", sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(box.unseal("A", changed)) << "at " << i;
  }
  for (const char* text : {"", "v1.", "v1.AAAA", "v2.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_FALSE(box.unseal("A", text)) << text;
  }
}

TEST_F(SecretBoxTest, TakesTheKeyThatTheSettingNames) {
  settings_.effects.secret_key_file = directory_ + "/own";
  const auto missing = SecretBox::open(settings_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::ErrorCode::kBadConfiguration);
  ASSERT_TRUE(base::create_secret_file(directory_ + "/own", "too short\n"));
  EXPECT_FALSE(SecretBox::open(settings_));
  ASSERT_TRUE(base::replace_file(directory_ + "/own", std::string(43, 'A') + "\n"));
  const auto box = SecretBox::open(settings_);
  ASSERT_TRUE(box) << box.error().detail;
  EXPECT_EQ(*box->unseal("A", SecretBox(std::string(32, '\0')).seal("A", "v")), "v");
}

TEST_F(SecretBoxTest, WithoutADirectoryTheKeyLivesAsLongAsTheProcess) {
  settings_.data_dir.clear();
  const auto one = SecretBox::open(settings_);
  const auto other = SecretBox::open(settings_);
  ASSERT_TRUE(one && other);
  EXPECT_FALSE(other->unseal("A", one->seal("A", "v")));
}

}  // namespace
}  // namespace weir::apps::workflow
