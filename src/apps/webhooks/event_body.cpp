#include "apps/webhooks/event_body.hpp"

#include "proto/cursor.hpp"
#include "proto/json.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps {

std::string event_body(base::Epoch epoch, const proto::EventView& event) {
  std::string out = "{\"cursor\":\"";
  out.reserve(event.data.size() + 256);
  proto::append_cursor(out, {epoch, event.sequence});
  out += "\",\"topic\":";
  proto::append_json_string(out, event.topics.front());
  out += ",\"event\":";
  proto::append_json_string(out, event.type.empty() ? "message" : event.type);
  out += ",\"data\":";
  proto::append_json_string(out, event.data);
  out += ",\"time\":\"" + proto::format_rfc3339(event.time) + "\"";
  if (!event.id.empty()) {
    out += ",\"id\":";
    proto::append_json_string(out, event.id);
  }
  if (!event.key.empty()) {
    out += ",\"key\":";
    proto::append_json_string(out, event.key);
  }
  if (event.topics.size() > 1) {
    char separator = '[';
    out += ",\"topics\":";
    for (const auto topic : event.topics) {
      out.push_back(separator);
      proto::append_json_string(out, topic);
      separator = ',';
    }
    out.push_back(']');
  }
  out.push_back('}');
  return out;
}

}  // namespace weir::apps
