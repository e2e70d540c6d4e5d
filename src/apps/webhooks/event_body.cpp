#include "apps/webhooks/event_body.hpp"

#include "proto/event_json.hpp"

namespace weir::apps {

std::string event_body(base::Epoch epoch, const proto::EventView& event) {
  std::string out;
  out.reserve(event.data.size() + 256);
  proto::append_event_json(out, epoch, event);
  return out;
}

}  // namespace weir::apps
