#include "embed/errors.hpp"

namespace weir::embed {

Error to_public(const base::Error& error) {
  const auto& row = base::info(error.code);
  return {.code = std::string(row.name),
          .message = error.message(),
          .http_status = row.http_status,
          .retryable = row.retryable,
          .retry_after = std::chrono::seconds(error.retry_after_seconds)};
}

Error not_open() { return {.code = "not-open", .message = "The hub has not been opened yet"}; }

Error stopped() { return {.code = "stopped", .message = "It has been stopped"}; }

Error misuse(std::string what) { return {.code = "misuse", .message = std::move(what)}; }

}  // namespace weir::embed
