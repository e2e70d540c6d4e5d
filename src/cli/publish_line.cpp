#include "cli/publish_line.hpp"

#include <fmt/format.h>

#include "proto/json.hpp"

namespace weir::cli {

std::string publish_line(const EventTemplate& event, std::string_view data,
                         std::optional<base::UnixMillis> time) {
  std::string out = "{\"topic\":";
  proto::append_json_string(out, event.topic);
  const auto add_text = [&out](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append(",\"").append(name).append("\":");
    proto::append_json_string(out, value);
  };
  add_text("event", event.type);
  add_text("id", event.id);
  add_text("key", event.key);
  if (event.ttl.count() > 0) {
    out += fmt::format(",\"ttl\":{}.{:03}", event.ttl.count() / 1'000, event.ttl.count() % 1'000);
  }
  if (event.retry) out += fmt::format(",\"retry\":{}", event.retry->count());
  if (event.is_private) out += ",\"private\":true";
  if (event.ephemeral) out += ",\"ephemeral\":true";
  if (time) out += fmt::format(",\"time\":{}", *time);
  out += ",\"data\":";
  proto::append_json_string(out, data);
  out.push_back('}');
  return out;
}

}  // namespace weir::cli
