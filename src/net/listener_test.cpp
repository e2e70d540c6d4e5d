#include "net/listener.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace weir::net {
namespace {

class UnixListener : public testing::Test {
 protected:
  UnixListener() {
    std::string pattern = std::filesystem::temp_directory_path() / "weir-unix-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ / "weir.sock";
  }
  ~UnixListener() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  std::string path_;
};

TEST_F(UnixListener, ItsFileHasTheModeThatWasAskedFor) {
  for (const unsigned mode : {0600U, 0666U}) {
    const auto listener = open_unix_listener(path_, mode);
    ASSERT_TRUE(listener) << listener.error().message();
    struct stat file{};
    ASSERT_EQ(::stat(path_.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, mode) << "whatever the umask";
    EXPECT_EQ(listener_address(*listener), "unix:" + path_);
    ::close(*listener);
  }
}

TEST_F(UnixListener, AFileThatNobodyAnswersAtIsReplaced) {
  ::close(*open_unix_listener(path_, 0600));
  const auto again = open_unix_listener(path_, 0600);
  ASSERT_TRUE(again);
  const auto beside = open_unix_listener(path_, 0600);
  ASSERT_FALSE(beside) << "somebody answers";
  EXPECT_NE(beside.error().detail.find("in use"), std::string::npos);
  ::close(*again);
}

TEST_F(UnixListener, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_FALSE(open_unix_listener(path_, 0600));
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
  EXPECT_FALSE(open_unix_listener(directory_ / "missing" / "weir.sock", 0600));
}

TEST(Listener, KnowsWhatItListensOn) {
  const int descriptor = *open_listener("127.0.0.1:0");
  const std::string address = listener_address(descriptor);
  const std::string port = address.substr(address.rfind(':'));
  EXPECT_TRUE(listens_on(descriptor, address));
  EXPECT_FALSE(listens_on(descriptor, "127.0.0.2" + port));
  EXPECT_FALSE(listens_on(descriptor, port)) << "not every address";
  EXPECT_FALSE(listens_on(descriptor, "127.0.0.1:1"));
  ::close(descriptor);
  const int wide = *open_listener("0.0.0.0:0");
  const std::string bound = listener_address(wide);
  EXPECT_TRUE(listens_on(wide, bound.substr(bound.rfind(':'))));
  ::close(wide);
}

}  // namespace
}  // namespace weir::net
