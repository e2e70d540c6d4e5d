#include "api/sse/stream_opener.hpp"

#include <fmt/format.h>

#include "api/access/client_address.hpp"
#include "api/access/stream_holder.hpp"
#include "api/access/stream_room.hpp"
#include "api/answer.hpp"
#include "api/query_number.hpp"
#include "api/subscription_query.hpp"
#include "api/wish.hpp"
#include "proto/sse_encode.hpp"

namespace weir::api {
namespace {

using Framing = SseTransport::Framing;
using Content = SseTransport::Content;

constexpr std::uint32_t kPaddingMax = 65536;
// A client that is turned away for load comes back after so long, so that coming back does not add
// to it.
constexpr std::uint64_t kDeferMillis = 60'000;

/// `envelope=json`.
base::Result<Content> read_content(const Call& call) {
  const auto envelope = call.target().get("envelope");
  if (!envelope) return Content::kData;
  if (*envelope == "json") return Content::kEnvelope;
  return base::make_error(base::ErrorCode::kBadRequest, "envelope takes the word json");
}

}  // namespace

StreamOpener::StreamOpener(hub::Hub& hub, std::size_t shard, std::uint64_t seed,
                           net::StreamTable& streams)
    : hub_(hub),
      shard_(hub.shard(shard)),
      random_(seed),
      streams_(streams),
      chunked_{SseTransport(streams, Framing::kChunked, Content::kData),
               SseTransport(streams, Framing::kChunked, Content::kEnvelope)},
      plain_{SseTransport(streams, Framing::kPlain, Content::kData),
             SseTransport(streams, Framing::kPlain, Content::kEnvelope)} {}

bool StreamOpener::refuse_over_limit(Call& call) {
  const auto why = no_room_for_stream(hub_, call.gate(), call.settings());
  if (!why) return false;
  if (call.settings().overload == base::Overload::kRefuse) {
    call.fail(*why);
    return true;
  }
  // A browser's EventSource gives up for good on 503, but comes back after a stream that ended.
  net::Response response;
  response.set("Content-Type", "text/event-stream; charset=utf-8");
  response.set("Cache-Control", "no-cache, no-store, no-transform");
  response.set("Connection", "close");
  response.body = fmt::format("retry: {}\n\n", random_.jitter(kDeferMillis, 50));
  call.respond(std::move(response));
  return true;
}

net::Response StreamOpener::response_head(const Call& call) const {
  net::Response head;
  head.set("Content-Type", "text/event-stream; charset=utf-8");
  head.set("Cache-Control", "no-cache, no-store, no-transform");
  head.set("X-Accel-Buffering", "no");
  add_common_headers(call.head(), call.settings(), head);
  return head;
}

std::string StreamOpener::welcome(const Call& call, const std::string& client_id,
                                  std::size_t padding, const Opening& opening) {
  std::string frames;
  if (padding > 0) frames.append(":").append(padding, ' ').append("\n");
  const auto retry = random_.jitter(static_cast<std::uint64_t>(call.settings().retry.count()), 20);
  frames += proto::sse_control_frame("system", welcome_json(hub_, shard_, client_id),
                                     static_cast<std::uint32_t>(retry));
  if (!opening.gap.empty()) frames += proto::sse_control_frame("gap", opening.gap);
  if (opening.snapshot) frames += snapshot_frame(*opening.snapshot, hub_.log().epoch());
  return frames;
}

void StreamOpener::open(Call& call, proto::Selectors selectors, Opening opening) {
  if (!accepts_event_stream(call)) {
    call.fail(base::make_error(base::ErrorCode::kNotAcceptable, "this is text/event-stream"));
    return;
  }
  // Before anything is told about the topics.
  if (auto granted = may_open(call, opening, selectors); !granted) {
    return call.fail(granted.error());
  }
  auto start = read_start(call, opening);
  if (!start) return call.fail(start.error());
  const auto heartbeat_ticks = read_heartbeat_ticks(call);
  if (!heartbeat_ticks) return call.fail(heartbeat_ticks.error());
  const auto padding = query_number(call, "padding", 0, kPaddingMax, 0);
  if (!padding) return call.fail(padding.error());
  const auto content = read_content(call);
  if (!content) return call.fail(content.error());
  hub::SubscribeRequest request;
  if (auto read = read_wish(call, request); !read) return call.fail(read.error());
  if (!opening.snapshot && shard_.ended(selectors, *start)) {
    net::Response response;
    response.status = 204;
    return call.respond(std::move(response));
  }
  request.selectors = std::make_shared<const proto::Selectors>(std::move(selectors));
  if (auto granted = grant_wish(call, opening, request); !granted) {
    return call.fail(granted.error());
  }
  if (refuse_over_limit(call)) return;
  if (!shard_.has_room_for(request)) return call.fail(too_many_filters(call.settings()));
  auto share = call.gate().open_stream(call.access(), call.head(), call.settings());
  if (!share) return call.fail(share.error());
  if (call.is_head()) {
    // The head of a body without a length.
    call.exchange().start_response(response_head(call));
    return call.exchange().finish();
  }

  auto& transports = call.exchange().chunks_streams() ? chunked_ : plain_;
  auto& transport = transports[static_cast<std::size_t>(*content)];
  request.transport = &transport;
  request.heartbeat_ticks = *heartbeat_ticks;
  // What others see of it is never what the client says of itself.
  request.present_id = opening.client.id.text();
  opening.client.put_into(request);
  const auto client_id = opening.client.shown();
  // Registered before a byte of the head leaves: what is committed from here on is this
  // subscriber's.
  auto watch = ConnectionWatch::begin(call, client_id, transport.name(), request.selectors);
  auto lease = make_lease(call, client_id, std::move(*share), nullptr, std::move(watch));
  const auto subscriber = shard_.reserve(std::move(request), std::move(lease));
  auto response = response_head(call);
  response.body = welcome(call, client_id, *padding, opening);
  const auto stream =
      call.exchange().detach(subscriber.packed(), {.response = std::move(response)});
  const auto address = client_address(call.head(), call.settings());
  transport.note_forwarded(stream.id, address == streams_.peer(stream.id) ? std::nullopt : address);
  shard_.start(subscriber, SseTransport::sink_of(stream.id), stream.blocked, std::move(*start));
}

void StreamOpener::on_writable(net::StreamId, net::StreamOwner owner) {
  shard_.on_writable(hub::SubscriberId::unpacked(owner));
}

void StreamOpener::on_closed(net::StreamId, net::StreamOwner owner) {
  shard_.remove(hub::SubscriberId::unpacked(owner));
}

}  // namespace weir::api
