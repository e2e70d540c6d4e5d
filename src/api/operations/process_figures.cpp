#include "api/operations/process_figures.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace weir::api {
namespace {

// Listing takes time for every descriptor, on a thread that has others to serve: at most once a
// second, and at most one part in so many of the thread's time.
constexpr std::chrono::seconds kListEvery{1};
constexpr int kListShare = 100;

}  // namespace

ProcessFigures::ProcessFigures()
    : statm_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)),
      descriptors_(::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

ProcessFigures::~ProcessFigures() {
  for (const int descriptor : {statm_, descriptors_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

std::uint64_t ProcessFigures::resident_bytes() const {
  // "size resident shared …", in pages (proc(5)).
  std::array<char, 256> text{};
  const ssize_t got = ::pread(statm_, text.data(), text.size(), 0);
  if (got <= 0) return 0;
  const std::string_view line(text.data(), static_cast<std::size_t>(got));
  const std::size_t begin = std::min(line.find(' '), line.size() - 1) + 1;
  std::uint64_t pages = 0;
  std::from_chars(line.data() + begin, line.data() + line.size(), pages);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::chrono::microseconds ProcessFigures::processor_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

std::uint64_t ProcessFigures::open_descriptors(base::Clock::Steady now) const {
  struct stat status{};
  if (::fstat(descriptors_, &status) != 0) return 0;
  // Since Linux 6.2 the directory's size is the number of descriptors.
  if (status.st_size > 0) return static_cast<std::uint64_t>(status.st_size);
  return list_descriptors(now);
}

std::uint64_t ProcessFigures::list_descriptors(base::Clock::Steady now) const {
  const bool due = now >= list_again_.load(std::memory_order_relaxed);
  if (due && !listing_.exchange(true, std::memory_order_acquire)) {
    const auto began = base::system_clock().steady();
    if (const auto count = count_entries(descriptors_)) {
      listed_.store(*count, std::memory_order_relaxed);
    }
    const auto took = base::system_clock().steady() - began;
    list_again_.store(now + std::max<base::Clock::Steady::duration>(kListEvery, took * kListShare),
                      std::memory_order_relaxed);
    listing_.store(false, std::memory_order_release);
  }
  return listed_.load(std::memory_order_relaxed);
}

std::optional<std::uint64_t> count_entries(int directory) {
  if (::lseek(directory, 0, SEEK_SET) != 0) return std::nullopt;
  alignas(dirent64) std::array<char, 32 * 1024> buffer;
  std::uint64_t count = 0;
  for (;;) {
    const ssize_t got = ::getdents64(directory, buffer.data(), buffer.size());
    if (got < 0) return std::nullopt;
    if (got == 0) return count;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const char* const entry = buffer.data() + at;
      const std::string_view name(entry + offsetof(dirent64, d_name));
      if (name != "." && name != "..") ++count;
      unsigned short size = 0;
      std::memcpy(&size, entry + offsetof(dirent64, d_reclen), sizeof size);
      at += size;
    }
  }
}

}  // namespace weir::api
