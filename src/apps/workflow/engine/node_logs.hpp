#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/workflow/engine/commit.hpp"

namespace weir::apps::workflow {

/// What the nodes of one execution say while they run: gathers it until it goes into a commit, in
/// pieces that know their place. A node's log is bounded; what goes beyond is left out, and that is
/// said. One thread.
class NodeLogs {
 public:
  explicit NodeLogs(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// `text` is valid UTF-8.
  void add(const std::string& node, std::uint32_t attempt, std::string_view stream,
           std::string_view text, base::UnixMillis now);
  /// What a restart has found of a node's log.
  void resume(const std::string& node, std::uint64_t bytes) { nodes_[node].bytes = bytes; }
  bool waiting() const { return !chunks_.empty(); }
  std::vector<LogChunk> take() { return std::exchange(chunks_, {}); }

 private:
  static constexpr std::size_t kChunkBytesMax = 16 << 10;

  struct Node {
    std::uint64_t bytes = 0;
    bool full = false;
  };
  void append(const std::string& node, Node& kept, std::uint32_t attempt, std::string_view stream,
              std::string_view text, base::UnixMillis now);

  std::uint64_t bytes_max_;
  std::map<std::string, Node> nodes_;
  std::vector<LogChunk> chunks_;
};

}  // namespace weir::apps::workflow
