#pragma once

#include <string>

#include "base/error.hpp"

namespace weir::proto {

/// `application/problem+json` (RFC 9457): type (`/problems/<name>` on this server), title, status,
/// detail, plus `code` (the name alone) and `retryable`.
std::string problem_json(const base::Error& error);

}  // namespace weir::proto
