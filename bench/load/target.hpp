#pragma once

#include <netinet/in.h>

#include <string>

#include "common/options.hpp"
#include "common/process_stats.hpp"

namespace weir::bench {

// The server under test: where it listens, how its URLs look, which processes it is. Read from the
// options
// `--server`, `--pid`, `--publish-path`, `--subscribe-path`, `--batch-path` and `--numbered-ids`.
struct Target {
  sockaddr_in address;
  std::string publish_path;    // with {topic}
  std::string subscribe_path;  // with {topic}
  std::string batch_path;      // takes NDJSON
  bool numbered_ids;           // ids end in -<sequence>, which must rise
  ProcessStats processes;
  // A path of this target for topic number `topic`: {topic} becomes "bench-<topic>".
  static std::string path(const std::string& pattern, size_t topic);

  explicit Target(Options& options);
};

std::string topic_name(size_t topic);

}  // namespace weir::bench
