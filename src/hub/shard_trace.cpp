// The spans of deliveries: for each event of a sampled trace, from the batch's arrival on the shard
// to the last write.

#include <utility>

#include "hub/shard.hpp"
#include "proto/trace_context.hpp"

namespace weir::hub {

void Shard::trace_deliveries(std::span<const log::BatchPtr> batches, base::Clock::Steady began) {
  const auto took = std::chrono::nanoseconds(clock_->steady() - began).count();
  const auto end = clock_->unix_millis() * 1'000'000;
  for (const auto& batch : batches) {
    if (!batch->traced()) continue;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const auto& event = (*batch)[i];
      const auto context = proto::unpack_trace(event.trace);
      if (!context || !context->sampled()) continue;
      const auto subscribers = count_subscribers(event.topics.front());
      if (subscribers == 0) continue;
      tracer_->record(
          {.trace_id = context->trace_id,
           .span_id = base::Tracer::new_span_id(),
           .parent_id = context->span_id,
           .name = "deliver",
           .kind = base::Span::Kind::kConsumer,
           .start_nanos = end - took,
           .end_nanos = end,
           .attributes = {{"messaging.system", "weir"},
                          {"messaging.operation.name", "deliver"},
                          {"messaging.destination.name", std::string(event.topics.front())},
                          {"weir.subscribers", static_cast<std::int64_t>(subscribers)}}});
    }
  }
}

}  // namespace weir::hub
