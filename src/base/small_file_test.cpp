#include "base/small_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace weir::base {
namespace {

class SmallFileTest : public testing::Test {
 protected:
  SmallFileTest() {
    std::string pattern = testing::TempDir() + "weir-file-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SmallFileTest() override { std::filesystem::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  static unsigned mode_of(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }

  std::string folder_;
};

TEST_F(SmallFileTest, IsReadWholeOrRefusedWithItsPath) {
  std::ofstream(at("a")) << std::string(100'000, 'x');
  EXPECT_EQ(read_small_file(at("a"), 100'000)->size(), 100'000u);
  EXPECT_EQ(read_small_file(at("a"), 99'999).error().detail,
            at("a") + ": has more than 99999 bytes");
  EXPECT_EQ(read_small_file(at("b"), 1).error().detail, at("b") + ": No such file or directory");
  EXPECT_EQ(read_small_file(folder_, 1).error().detail, folder_ + ": Is a directory");
}

TEST_F(SmallFileTest, ASecretIsItsOwnersAloneAndNeverOverwritten) {
  EXPECT_TRUE(*create_secret_file(at("key"), "one"));
  EXPECT_FALSE(*create_secret_file(at("key"), "two"));
  EXPECT_EQ(*read_small_file(at("key"), 10), "one");
  EXPECT_EQ(mode_of(at("key")), 0600u);
  EXPECT_FALSE(create_secret_file(at("no/key"), "x"));
}

TEST_F(SmallFileTest, AReplacedFileKeepsItsModeAndNothingIsLeftBeside) {
  ASSERT_TRUE(replace_file(at("a"), "one"));
  EXPECT_EQ(mode_of(at("a")), 0600u);
  ::chmod(at("a").c_str(), 0640);
  ASSERT_TRUE(replace_file(at("a"), "two"));
  EXPECT_EQ(*read_small_file(at("a"), 10), "two");
  EXPECT_EQ(mode_of(at("a")), 0640u);
  EXPECT_FALSE(replace_file(at("no/a"), "x"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(SmallFileTest, IsPrivateWhereOthersMayNeitherReadNorWrite) {
  ASSERT_TRUE(create_secret_file(at("a"), "x"));
  for (const auto& [mode, good] :
       {std::pair{0600, true}, {0640, true}, {0644, false}, {0602, false}}) {
    ::chmod(at("a").c_str(), static_cast<mode_t>(mode));
    EXPECT_EQ(check_private(at("a")).has_value(), good) << mode;
  }
  EXPECT_FALSE(check_private(at("b")));
}

}  // namespace
}  // namespace weir::base
