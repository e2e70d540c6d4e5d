#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "log/log.hpp"
#include "proto/event.hpp"

namespace weir::hub {

/// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the answers of keyed publishes,
/// kept in the log's own store and written in the same commit as the events, so that neither a
/// crash nor two requests at once can publish twice. All calls inside `CommitRequest::apply`.
namespace idempotency {

/// A fingerprint of what is published, to tell a repetition from another request with the same key.
std::uint64_t fingerprint(const std::vector<proto::Event>& events);

struct Answer {
  base::Sequence first;
  std::uint64_t count = 0;
};

/// Makes the table if there is none.
base::Result<> prepare(log::State& state);

/// The answer that an unexpired key was given; none for a new key. kIdempotencyConflict if the
/// request differs.
base::Result<std::optional<Answer>> find(log::Transaction& transaction, const std::string& key,
                                         std::uint64_t fingerprint);

/// Remembers an answer for `window`, and drops some that have expired.
base::Result<> remember(log::Transaction& transaction, const std::string& key,
                        std::uint64_t fingerprint, Answer answer, std::chrono::milliseconds window);

}  // namespace idempotency
}  // namespace weir::hub
