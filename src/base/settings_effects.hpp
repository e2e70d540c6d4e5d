#pragma once

// The settings of what the nodes of workflows do to the world: part of Settings.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::base {

struct EffectSettings {
  std::uint32_t waiting_max = 10'000;  ///< That may not start yet, of all kinds.
  std::uint64_t output_bytes_max = 1ULL << 20;
  std::uint64_t log_bytes_max = 4ULL << 20;  ///< Of an attempt.

  std::string shell = "auto";  ///< "auto", "on", "off".
  std::string shell_user;      ///< Empty: the server's own.
  std::uint32_t processes_max = 16;
  std::chrono::milliseconds kill_grace{5'000};  ///< Between SIGTERM and SIGKILL.
  // What one command may have; 0: without that limit.
  std::chrono::milliseconds shell_cpu{std::chrono::hours(1)};
  std::uint64_t shell_memory = 0;
  std::uint64_t shell_file_size = 0;
  std::uint32_t shell_files = 1'024;
  std::uint32_t shell_processes = 0;

  std::uint32_t http_max = 16;
  std::vector<std::string> http_private;  ///< Blocks that are not public and may be asked.

  std::uint32_t scripts_max = 2;
  std::uint64_t script_memory = 64ULL << 20;
  std::uint64_t script_instructions = 100'000'000;

  std::string secret_key_file;  ///< Empty: secret.key in the data directory.
};

}  // namespace weir::base
