#include "embed/conversion.hpp"

#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "api/native/publish.hpp"
#include "api/wish.hpp"
#include "proto/cursor.hpp"
#include "proto/event_time.hpp"

namespace weir::embed {
namespace {

using std::chrono::milliseconds;

base::Error bad_event(std::string what) {
  return base::make_error(base::ErrorCode::kBadEvent, std::move(what));
}

base::Result<proto::Event> to_hub(Event event, const proto::EventLimits& limits) {
  proto::Event out;
  out.topics = std::move(event.topics);
  out.type = std::move(event.type);
  out.data = std::move(event.data);
  out.id = std::move(event.id);
  out.key = std::move(event.key);
  if (event.is_private) out.flags |= proto::kPrivate;
  if (event.ephemeral) out.flags |= proto::kEphemeral;
  if (event.last) out.flags |= proto::kTerminal;
  if (event.ttl.count() < 0 || event.ttl.count() > std::numeric_limits<std::uint32_t>::max()) {
    return bad_event("its ttl is negative or longer than 49 days");
  }
  out.ttl_ms = static_cast<std::uint32_t>(event.ttl.count());
  if (event.time) {
    out.time = std::chrono::duration_cast<milliseconds>(event.time->time_since_epoch()).count();
    // 0 would be "when it is committed".
    if (out.time <= 0 || !proto::is_event_time(out.time)) {
      return bad_event("its time is not after 1970 and until the year 9999");
    }
  }
  if (auto valid = proto::validate(out, limits); !valid) return valid.error();
  return out;
}

}  // namespace

base::Result<std::vector<proto::Event>> to_hub(std::vector<Event> events,
                                               const base::Settings& settings) {
  if (events.empty()) return bad_event("there is no event");
  const auto limits = api::event_limits(settings);
  std::vector<proto::Event> out;
  out.reserve(events.size());
  for (auto& event : events) {
    auto each = to_hub(std::move(event), limits);
    if (!each) return each.error();
    out.push_back(std::move(*each));
  }
  return out;
}

Published to_public(const hub::Published& published, base::Sequence head) {
  Published out;
  out.repeated = published.repeated;
  if (published.first && published.count > 0) {
    out.first_sequence = published.first->value;
    out.last_sequence = out.first_sequence + published.count - 1;
    head = base::Sequence{out.last_sequence};
  }
  out.cursor = proto::to_string({published.epoch, head});
  return out;
}

base::Result<hub::SubscribeRequest> to_hub(const SubscribeOptions& options,
                                           const base::Settings& settings) {
  // It ends with its handle, not after a time, as a connection does.
  constexpr std::uint32_t kNoLifetimeTicks = 0x3fffffff;
  auto selectors =
      proto::make_selectors(options.topics, options.match, settings.subscription_topics_max);
  if (!selectors) return selectors.error();
  hub::SubscribeRequest request;
  request.selectors = std::make_shared<const proto::Selectors>(std::move(*selectors));
  api::WishText wish;
  if (!options.filter.empty()) wish.filter = options.filter;
  if (!options.fields.empty()) wish.fields = options.fields;
  if (auto read = api::read_wish(wish, request); !read) return read.error();
  request.lifetime_ticks = kNoLifetimeTicks;
  return request;
}

}  // namespace weir::embed
