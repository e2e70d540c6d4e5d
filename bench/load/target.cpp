#include "load/target.hpp"

#include "common/fatal.hpp"
#include "common/socket.hpp"

namespace weir::bench {
namespace {

Wire read_wire(const std::string& name) {
  if (name == "sse") return Wire::kSse;
  if (name == "websocket") return Wire::kWebSocket;
  if (name == "http2") return Wire::kHttp2;
  fatal("--wire: sse, websocket or http2, not " + name);
}

bool read_publish_wire(const std::string& name) {
  if (name != "http1" && name != "http2") fatal("--publish-wire: http1 or http2, not " + name);
  return name == "http2";
}

}  // namespace

Target::Target(Options& options)
    : address(parse_address(options.text("server", "127.0.0.1:3000"))),
      publish_path(options.text("publish-path", "/v1/topics/{topic}")),
      subscribe_path(options.text("subscribe-path", "/v1/topics/{topic}")),
      batch_path(options.text("batch-path", "/v1/publish")),
      numbered_ids(options.text("numbered-ids", "yes") == "yes"),
      wire(read_wire(options.text("wire", "sse"))),
      publishes_over_http2(read_publish_wire(options.text("publish-wire", "http1"))),
      streams_per_connection(static_cast<size_t>(options.number("streams-per-connection", 1000))),
      tls(options.flag("tls") ? std::make_unique<TlsClient>() : nullptr),
      processes(options.text("pid", "")) {
  if (streams_per_connection == 0) fatal("--streams-per-connection must be at least 1");
}

std::string topic_name(size_t topic) { return "bench-" + std::to_string(topic); }

std::string Target::path(const std::string& pattern, size_t topic) {
  std::string result = pattern;
  size_t at = result.find("{topic}");
  if (at != std::string::npos) result.replace(at, 7, topic_name(topic));
  return result;
}

}  // namespace weir::bench
