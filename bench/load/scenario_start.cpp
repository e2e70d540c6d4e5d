#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "load/scenarios.hpp"
#include "load/spawn.hpp"
#include "load/target.hpp"

namespace weir::bench {
namespace {

constexpr double kStartSeconds = 120;
constexpr useconds_t kRetryMicroseconds = 500;

// Asks the kernel to forget the pages of these files, so that the start reads them from the disk.
void drop_from_page_cache(const std::string& folder) {
  sync();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    int descriptor = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) continue;
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    close(descriptor);
  }
}

bool is_ready(const sockaddr_in& address, const std::string& path) {
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fatal_errno("socket");
  timeval patience{1, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string request = "GET " + path + " HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
  std::string answer(64, '\0');
  bool ready = false;
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
      recv(descriptor, answer.data(), answer.size(), 0) > 12) {
    ready = answer.starts_with("HTTP/1.1 200");
  }
  close(descriptor);
  return ready;
}

}  // namespace

void run_start(Options& options, Report& report, Faults& faults) {
  Target target(options);
  std::string ready_path = options.text("ready-path", "/readyz");
  std::string cold = options.text("cold", "");
  options.refuse_unknown();
  if (options.rest().empty()) fatal("start needs the server's command behind --");

  if (!cold.empty()) drop_from_page_cache(cold);
  int64_t start = now_ns();
  pid_t child = spawn(options.rest());
  bool ready = false;
  int64_t deadline = start + seconds_to_ns(kStartSeconds);
  while (!ready && now_ns() < deadline && waitpid(child, nullptr, WNOHANG) == 0) {
    ready = is_ready(target.address, ready_path);
    if (!ready) usleep(kRetryMicroseconds);
  }
  int64_t end = now_ns();
  if (!ready) {
    faults.add("the server did not become ready");
  } else {
    report.add("ready_ms", static_cast<double>(end - start) / 1e6);
    report.add("private_bytes", ProcessStats(std::to_string(child)).private_bytes());
  }
  kill(child, SIGTERM);
  int status = 0;
  waitpid(child, &status, 0);
  report.add("stop_ms", static_cast<double>(now_ns() - end) / 1e6);
}

}  // namespace weir::bench
