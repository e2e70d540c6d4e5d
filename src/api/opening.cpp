#include "api/opening.hpp"

#include <array>
#include <string_view>

#include "api/access/stream_holder.hpp"
#include "proto/event_json.hpp"
#include "proto/sse_encode.hpp"

namespace weir::api {
namespace {

template <typename Append>
std::string encode(const Snapshot& snapshot, const Append& append) {
  const std::array<std::string_view, 1> topics{snapshot.topic};
  proto::EventView event;
  event.sequence = snapshot.at;
  event.time = snapshot.time;
  event.topics = topics;
  event.type = "snapshot";
  event.data = snapshot.json;
  std::string text;
  append(text, event);
  return text;
}

}  // namespace

base::Result<> may_open(const Call& call, const Opening& opening,
                        const proto::Selectors& selectors) {
  if (opening.granted) return {};
  return call.may_subscribe(selectors);
}

base::Result<> grant_wish(const Call& call, const Opening& opening,
                          hub::SubscribeRequest& request) {
  if (opening.fields) request.fields = opening.fields;
  auto granted = grant_wish(call.shared_access(), request);
  if (opening.granted) request.private_topics = nullptr;
  return granted;
}

std::string snapshot_frame(const Snapshot& snapshot, base::Epoch epoch) {
  return encode(snapshot, [&](std::string& out, const proto::EventView& event) {
    proto::append_sse_event(out, epoch, event);
  });
}

std::string snapshot_json(const Snapshot& snapshot, base::Epoch epoch) {
  return encode(snapshot, [&](std::string& out, const proto::EventView& event) {
    proto::append_event_json(out, epoch, event);
  });
}

}  // namespace weir::api
