// weir_simulation [--seeds N] [--seed S] [--verbose]: runs that many seeds from 1 on, or the one.

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "base/logging.hpp"
#include "report.hpp"
#include "simulation.hpp"

namespace {

constexpr std::uint64_t kSeeds = 1'000;

volatile std::sig_atomic_t seed_at_hand = 0;

/// A broken invariant of the product aborts: the seed must be known then, too.
void on_abort(int) {
  char text[64] = "seed ";
  auto* end = std::to_chars(text + 5, text + sizeof text - 1, static_cast<long>(seed_at_hand)).ptr;
  *end++ = '\n';
  (void)!::write(STDERR_FILENO, text, static_cast<std::size_t>(end - text));
}

/// 0, which is no seed and no count, if it is not a number.
std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? value : 0;
}

bool run(std::uint64_t seed, bool verbose) {
  seed_at_hand = static_cast<std::sig_atomic_t>(seed);
  weir::simulation::Report report(verbose);
  weir::simulation::Simulation simulation(seed, report);
  simulation.run();
  if (report.ok()) return true;
  if (!verbose) {
    for (const auto& line : report.last()) fmt::print("{}\n", line);
  }
  fmt::print("seed {}: {}\nagain with --seed {} --verbose\n", seed, report.failure(), seed);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = kSeeds;
  bool verbose = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const auto value = number(i + 1 < argc ? argv[i + 1] : "");
    if (flag == "--verbose") {
      verbose = true;
    } else if (flag == "--seeds" && value != 0) {
      count = value;
      ++i;
    } else if (flag == "--seed" && value != 0) {
      first = value;
      count = 1;
      ++i;
    } else {
      fmt::print(stderr, "usage: weir_simulation [--seeds N] [--seed S] [--verbose]\n");
      return 2;
    }
  }
  weir::base::configure_logging(verbose ? weir::base::LogLevel::kDebug : weir::base::LogLevel::kOff,
                                false);
  std::signal(SIGABRT, on_abort);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    if (!run(seed, verbose)) return 1;
  }
  fmt::print("{} seeds\n", count);
  return 0;
}
