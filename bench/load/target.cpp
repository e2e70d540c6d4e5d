#include "load/target.hpp"

#include "common/socket.hpp"

namespace weir::bench {

Target::Target(Options& options)
    : address(parse_address(options.text("server", "127.0.0.1:3000"))),
      publish_path(options.text("publish-path", "/v1/topics/{topic}")),
      subscribe_path(options.text("subscribe-path", "/v1/topics/{topic}")),
      batch_path(options.text("batch-path", "/v1/publish")),
      numbered_ids(options.text("numbered-ids", "yes") == "yes"),
      processes(options.text("pid", "")) {}

std::string topic_name(size_t topic) { return "bench-" + std::to_string(topic); }

std::string Target::path(const std::string& pattern, size_t topic) {
  std::string result = pattern;
  size_t at = result.find("{topic}");
  if (at != std::string::npos) result.replace(at, 7, topic_name(topic));
  return result;
}

}  // namespace weir::bench
