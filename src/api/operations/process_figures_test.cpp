#include "api/operations/process_figures.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <vector>

namespace weir::api {
namespace {

/// Takes every descriptor that the process may still have, of a limit that is low for as long.
class NoDescriptorLeft {
 public:
  NoDescriptorLeft() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit low = before_;
    low.rlim_cur = 128;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    for (int taken = ::dup(0); taken >= 0; taken = ::dup(0)) taken_.push_back(taken);
    EXPECT_EQ(errno, EMFILE);
  }
  ~NoDescriptorLeft() {
    for (const int descriptor : taken_) ::close(descriptor);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

  std::size_t taken() const { return taken_.size(); }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(ProcessFigures, AreRightWhenDescriptorsHaveRunOut) {
  const ProcessFigures figures;
  const auto now = base::system_clock().steady();
  const auto before = figures.open_descriptors(now);
  const NoDescriptorLeft none_left;
  EXPECT_EQ(figures.open_descriptors(now + std::chrono::hours(1)), before + none_left.taken());
  EXPECT_GT(figures.resident_bytes(), 100'000U);
}

TEST(ProcessFigures, EachDescriptorCounts) {
  const ProcessFigures figures;
  const auto now = base::system_clock().steady();
  const auto before = figures.open_descriptors(now);
  const int one = ::dup(0);
  ASSERT_GE(one, 0);
  const std::chrono::hours later{1};
  EXPECT_EQ(figures.open_descriptors(now + later), before + 1);
  ::close(one);
  EXPECT_EQ(figures.open_descriptors(now + 2 * later), before);
}

TEST(ProcessFigures, ListingCountsWhatTheKernelCounts) {
  const ProcessFigures figures;
  const int directory = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(directory, 0);
  const auto counted = figures.open_descriptors(base::system_clock().steady());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(count_entries(directory), counted);
  ::close(directory);
}

TEST(ProcessFigures, WhatIsNoDirectoryHasNoCount) {
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_EQ(count_entries(file), std::nullopt);
  EXPECT_EQ(count_entries(-1), std::nullopt);
  ::close(file);
}

}  // namespace
}  // namespace weir::api
