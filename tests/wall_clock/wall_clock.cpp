// A wall clock that a test sets: loaded before the C library (LD_PRELOAD), it adds to the machine's
// the milliseconds that stand in the file named by WALL_CLOCK_FILE. Schedules fire when the
// calendar says so, and a test cannot wait for the calendar. The file is mapped, so that a test
// moves the clock of a server that runs. Clocks that measure periods stay as they are.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

const std::atomic<std::int64_t>* map_offset() {
  const char* const name = std::getenv("WALL_CLOCK_FILE");
  if (name == nullptr) return nullptr;
  const int file = ::open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* const memory = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) return nullptr;
  return static_cast<const std::atomic<std::int64_t>*>(memory);
}

}  // namespace

extern "C" [[gnu::visibility("default")]] int clock_gettime(clockid_t clock,
                                                            timespec* time) noexcept {
  const long failed = ::syscall(SYS_clock_gettime, clock, time);
  if (failed != 0 || clock != CLOCK_REALTIME) return static_cast<int>(failed);
  static const auto* const offset = map_offset();
  if (offset == nullptr) return 0;
  constexpr std::int64_t kMillion = 1'000'000;
  constexpr std::int64_t kBillion = 1'000'000'000;
  // Forward only: a test's times are ahead of it.
  const auto ahead = offset->load(std::memory_order_relaxed);
  const auto nanoseconds = time->tv_nsec + ahead % 1'000 * kMillion;
  time->tv_sec += ahead / 1'000 + nanoseconds / kBillion;
  time->tv_nsec = nanoseconds % kBillion;
  return 0;
}
