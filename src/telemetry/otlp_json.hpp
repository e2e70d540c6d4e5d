#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/tracing.hpp"

namespace weir::telemetry {

/// Spans as the body of a `POST /v1/traces` in OTLP's JSON encoding (OTLP specification 1.x, "JSON
/// Protobuf Encoding": identities in hexadecimal, 64-bit integers as strings). `instance` tells
/// this process from others (`service.instance.id`).
std::string otlp_json(std::span<const base::Span> spans, std::string_view version,
                      std::string_view instance);

}  // namespace weir::telemetry
