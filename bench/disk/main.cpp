// weir_bench_disk --folder DIR [--seconds 3]
//
// What the disk can do, on which every durable figure depends: the time of one 4 KB append with its
// fdatasync, and the events per second of a bare checksummed log, 256 events of 200 bytes a commit.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/histogram.hpp"
#include "common/options.hpp"
#include "common/report.hpp"

namespace weir::bench {
namespace {

constexpr size_t kEventBytes = 200;
constexpr size_t kEventsPerCommit = 256;
constexpr size_t kRecordHead = 16;  // length, checksum, sequence

// A file that is removed as soon as it is open, so that nothing is left behind however the program
// ends.
int open_scratch(const std::string& folder) {
  std::string path = folder + "/weir-bench-XXXXXX";
  int descriptor = mkstemp(path.data());
  if (descriptor < 0) fatal_errno("cannot write in " + folder);
  unlink(path.c_str());
  return descriptor;
}

void append_durably(int descriptor, const std::string& bytes) {
  if (write(descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      fdatasync(descriptor) != 0) {
    fatal_errno("append");
  }
}

std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? (value >> 1) ^ 0xEDB88320U : value >> 1;
    }
    table[i] = value;
  }
  return table;
}

uint32_t checksum(const char* bytes, size_t count) {
  static const std::array<uint32_t, 256> table = crc_table();
  uint32_t crc = ~0U;
  for (size_t i = 0; i < count; ++i) {
    crc = table[(crc ^ static_cast<unsigned char>(bytes[i])) & 0xFF] ^ (crc >> 8);
  }
  return ~crc;
}

void measure_fsync(const std::string& folder, double seconds, Report& report) {
  static Histogram times;
  int descriptor = open_scratch(folder);
  std::string page(4096, 'p');
  for (int64_t end = now_ns() + seconds_to_ns(seconds); now_ns() < end;) {
    int64_t start = now_ns();
    append_durably(descriptor, page);
    times.record(now_ns() - start);
  }
  close(descriptor);
  report.add("fsync_p50_ms", times.quantile_ms(0.5));
  report.add("fsync_p99_ms", times.quantile_ms(0.99));
  report.add("fsyncs", times.count());
}

void measure_bare_log(const std::string& folder, double seconds, Report& report) {
  int descriptor = open_scratch(folder);
  std::string event(kEventBytes, 'e');
  std::string commit;
  uint64_t sequence = 0;
  int64_t start = now_ns();
  int64_t now = start;
  for (int64_t end = start + seconds_to_ns(seconds); now < end; now = now_ns()) {
    commit.clear();
    for (size_t i = 0; i < kEventsPerCommit; ++i) {
      char head[kRecordHead];
      uint32_t length = kEventBytes;
      uint32_t crc = checksum(event.data(), event.size());
      ++sequence;
      std::memcpy(head, &length, 4);
      std::memcpy(head + 4, &crc, 4);
      std::memcpy(head + 8, &sequence, 8);
      commit.append(head, sizeof head);
      commit.append(event);
    }
    append_durably(descriptor, commit);
  }
  close(descriptor);
  report.add("bare_log_events_per_second",
             static_cast<double>(sequence) / ns_to_seconds(now - start));
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options(argc, argv);
  std::string folder = options.text("folder", "/tmp");
  double seconds = options.real("seconds", 3);
  options.refuse_unknown();
  weir::bench::Report report;
  report.add("scenario", "disk");
  weir::bench::measure_fsync(folder, seconds, report);
  weir::bench::measure_bare_log(folder, seconds, report);
  report.print();
}
