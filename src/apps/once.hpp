#pragma once

// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) of what the applications do: the
// answer that a key was given is kept in the commit of what was done for it, so that neither a
// crash nor two requests at once do it twice.

#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/types.hpp"
#include "log/log.hpp"

namespace weir::apps::once {

/// Of an HTTP request: see request_key (view/caller.hpp).
struct Key {
  std::string text;  ///< Empty: none, and what is asked for is done each time.
  /// Of what is asked for, to tell a repetition from another request with the same key.
  std::string fingerprint;
  base::UnixMillis expires = 0;
};

// Inside a commit.

/// Makes the table if there is none.
base::Result<> prepare(log::State& state);

/// The answer that the key was given and that has not expired. kIdempotencyConflict if the request
/// was another one.
base::Result<std::optional<std::string>> find(log::Transaction& transaction, const Key& key);

/// Remembers an answer until the key expires, and drops some that have.
base::Result<> remember(log::Transaction& transaction, const Key& key, const std::string& answer);

/// The answer of `work`, or the one that it gave when it was done under this key.
base::Result<std::string> run(log::Transaction& transaction, const Key& key,
                              const std::function<base::Result<std::string>()>& work);

}  // namespace weir::apps::once
