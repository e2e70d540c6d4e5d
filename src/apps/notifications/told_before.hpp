#pragma once

// What a user has been told already, remembered apart from the notifications: those are merged,
// deleted and expire, and a second one is left out all the same.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/types.hpp"
#include "log/log.hpp"

namespace weir::apps::notifications::told_before {

/// Makes the tables if there are none.
base::Result<> prepare(log::State& state);

/// The id that was given out for this `dedupeKey` at `since` or later; 0 is that of what was
/// transient.
base::Result<std::optional<std::int64_t>> find(log::State& state, const std::string& user,
                                               const std::string& dedupe_key,
                                               base::UnixMillis since);
base::Result<> remember(log::State& state, const std::string& user, const std::string& dedupe_key,
                        std::int64_t id, base::UnixMillis now);
/// Forgets keys of before that time, at most `limit`. Whether that was all.
base::Result<bool> forget_older(log::State& state, base::UnixMillis before, std::size_t limit);

/// Notes that a broadcast has come to a user; false: it had before.
base::Result<bool> reach(log::State& state, std::int64_t broadcast, const std::string& user);
/// Forgets whom a broadcast has come to, at most `limit`. Whether that was all.
base::Result<bool> forget_reached(log::State& state, std::int64_t broadcast, std::size_t limit);

}  // namespace weir::apps::notifications::told_before
