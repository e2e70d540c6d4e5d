#include "hub/publish_trace.hpp"

#include <string>
#include <utility>

#include "proto/trace_context.hpp"

namespace weir::hub {

std::optional<PublishTrace> PublishTrace::begin(base::Tracer* tracer, const base::Clock& clock,
                                                PublishRequest& request) {
  const std::string parent =
      request.trace.empty() ? request.events.front().trace : std::move(request.trace);
  auto context = proto::unpack_trace(parent);
  const bool enabled = tracer != nullptr && tracer->enabled();
  if (enabled && !context && tracer->samples()) {
    context = proto::TraceContext{.trace_id = base::Tracer::new_trace_id(), .flags = 1};
  }
  std::optional<PublishTrace> trace;
  if (enabled && context && context->sampled()) {
    trace = PublishTrace(*tracer, clock);
    trace->began_ = clock.steady();
    auto& span = trace->span_;
    span.name = "publish";
    span.kind = base::Span::Kind::kProducer;
    span.trace_id = context->trace_id;
    span.parent_id = context->span_id;
    span.span_id = base::Tracer::new_span_id();
    span.start_nanos = clock.unix_millis() * 1'000'000;
    span.attributes = {
        {"messaging.system", "weir"},
        {"messaging.operation.name", "publish"},
        {"messaging.destination.name", request.events.front().topics.front()},
        {"messaging.batch.message_count", static_cast<std::int64_t>(request.events.size())}};
    context->span_id = span.span_id;
  }
  if (context) {
    const std::string packed = proto::pack_trace(*context);
    for (auto& event : request.events) {
      if (event.trace.empty() || event.trace == parent) event.trace = packed;
    }
  }
  return trace;
}

void PublishTrace::end(const base::Result<Published>& outcome) {
  const auto took = std::chrono::nanoseconds(clock_->steady() - began_);
  span_.end_nanos = span_.start_nanos + took.count();
  if (!outcome) span_.error = outcome.error().message();
  tracer_->record(std::move(span_));
}

}  // namespace weir::hub
