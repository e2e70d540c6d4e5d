#include "telemetry/otlp_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "proto/json.hpp"
#include "proto/trace_context.hpp"

namespace weir::telemetry {
namespace {

constexpr int kStatusError = 2;

void append_attribute(std::string& out, std::string_view name, const base::Span::Value& value) {
  fmt::format_to(std::back_inserter(out), R"({{"key":{},"value":{{)", proto::json_string(name));
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(std::back_inserter(out), R"("intValue":"{}")", *number);
  } else {
    out += R"("stringValue":)" + proto::json_string(std::get<std::string>(value));
  }
  out += "}}";
}

void append_span(std::string& out, const base::Span& span) {
  fmt::format_to(std::back_inserter(out), R"({{"traceId":"{}","spanId":"{}")",
                 proto::to_hex(span.trace_id.data(), span.trace_id.size()),
                 proto::to_hex(span.span_id.data(), span.span_id.size()));
  if (std::any_of(span.parent_id.begin(), span.parent_id.end(), [](auto b) { return b != 0; })) {
    fmt::format_to(std::back_inserter(out), R"(,"parentSpanId":"{}")",
                   proto::to_hex(span.parent_id.data(), span.parent_id.size()));
  }
  fmt::format_to(std::back_inserter(out),
                 R"(,"name":{},"kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}")",
                 proto::json_string(span.name), static_cast<int>(span.kind), span.start_nanos,
                 span.end_nanos);
  out += R"(,"attributes":[)";
  for (std::size_t i = 0; i < span.attributes.size(); ++i) {
    if (i > 0) out += ',';
    append_attribute(out, span.attributes[i].first, span.attributes[i].second);
  }
  out += ']';
  if (!span.error.empty()) {
    fmt::format_to(std::back_inserter(out), R"(,"status":{{"code":{},"message":{}}})", kStatusError,
                   proto::json_string(span.error));
  }
  out += '}';
}

}  // namespace

std::string otlp_json(std::span<const base::Span> spans, std::string_view version,
                      std::string_view instance) {
  std::string out = R"({"resourceSpans":[{"resource":{"attributes":[)";
  append_attribute(out, "service.name", std::string("weir"));
  out += ',';
  append_attribute(out, "service.version", std::string(version));
  out += ',';
  append_attribute(out, "service.instance.id", std::string(instance));
  out += R"(]},"scopeSpans":[{"scope":{"name":"weir"},"spans":[)";
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i > 0) out += ',';
    append_span(out, spans[i]);
  }
  out += "]}]}]}";
  return out;
}

}  // namespace weir::telemetry
