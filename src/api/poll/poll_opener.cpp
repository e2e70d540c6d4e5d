#include "api/poll/poll_opener.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "api/access/stream_holder.hpp"
#include "api/access/stream_room.hpp"
#include "api/query_number.hpp"
#include "api/subscription_query.hpp"
#include "api/wish.hpp"

namespace weir::api {

void PollOpener::open(CallPtr call, proto::Selectors selectors, Opening opening) {
  const auto& settings = call->settings();
  // Before anything is told about the topics.
  if (auto granted = may_open(*call, opening, selectors); !granted) {
    return call->fail(granted.error());
  }
  auto start = read_start(*call, opening);
  if (!start) return call->fail(start.error());
  const auto wait_max = std::chrono::duration_cast<std::chrono::seconds>(settings.poll_wait_max);
  const auto wait = query_number(*call, "wait", 0, static_cast<std::uint32_t>(wait_max.count()), 0);
  if (!wait) return call->fail(wait.error());
  const auto limit = query_number(*call, "limit", 1, settings.poll_events_max,
                                  std::min(settings.poll_events, settings.poll_events_max));
  if (!limit) return call->fail(limit.error());
  hub::SubscribeRequest request;
  if (auto read = read_wish(*call, request); !read) return call->fail(read.error());
  if (request.max_rate > 0) {
    return call->fail(base::make_error(base::ErrorCode::kBadRequest,
                                       "max_rate is for streams; a poll comes when it likes"));
  }
  if (!opening.snapshot && shard_.ended(selectors, *start)) {
    net::Response response;
    response.status = 204;
    return call->respond(std::move(response));
  }
  auto shared = std::make_shared<const proto::Selectors>(std::move(selectors));
  request.selectors = shared;
  if (auto granted = grant_wish(*call, opening, request); !granted) {
    return call->fail(granted.error());
  }
  if (const auto why = no_room_for_stream(hub_, call->gate(), settings)) {
    return call->fail(*why);
  }
  auto share = call->gate().open_stream(call->access(), call->head(), settings);
  if (!share) return call->fail(share.error());
  if (!shard_.has_room_for(request)) return call->fail(too_many_filters(settings));

  constexpr auto kTicksPerSecond = std::chrono::seconds(1) / hub::Shard::kTick;
  request.transport = &transport_;
  opening.client.put_into(request);
  request.lifetime_ticks = static_cast<std::uint32_t>(*wait * kTicksPerSecond);
  const auto subscriber =
      shard_.reserve(std::move(request), make_lease(*call, {}, std::move(*share)));
  Poll poll{.call = std::move(call),
            .selectors = std::move(shared),
            .events_max = *limit,
            .bytes_max = settings.poll_bytes_max,
            .waits = *wait > 0};
  if (start->kind == hub::Start::Kind::kCursor) poll.requested = start->text;
  poll.gap = std::move(opening.gap);
  if (opening.snapshot) {
    poll.events = snapshot_json(*opening.snapshot, hub_.log().epoch());
    poll.count = 1;
    poll.newest = opening.snapshot->at;
    // A client that has it from a poll before asks with that poll's cursor, not without one.
    poll.requested.clear();
  }
  transport_.start(subscriber, std::move(poll), std::move(*start));
}

}  // namespace weir::api
