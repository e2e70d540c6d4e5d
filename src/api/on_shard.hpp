#pragma once

#include <utility>

#include "base/result.hpp"
#include "base/task.hpp"
#include "hub/shard.hpp"
#include "log/log.hpp"

namespace weir::api {

/// Brings an answer of the log's readers back to the shard's thread.
template <typename T, typename Handle>
log::Callback<T> on_shard(hub::Shard& shard, Handle handle) {
  return [&shard, handle = std::move(handle)](base::Result<T> result) {
    shard.post(
        base::Task([handle, result = std::move(result)]() mutable { handle(std::move(result)); }));
  };
}

}  // namespace weir::api
