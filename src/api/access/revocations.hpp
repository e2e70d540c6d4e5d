#pragma once

#include <cstddef>
#include <functional>

#include "access/revocations.hpp"
#include "api/router.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// `GET`, `POST /v1/revocations` and `DELETE /v1/revocations/{entry}`, for admins: what is not
/// valid any more, kept in the log's own store. One per shard; its thread only.
class RevocationsApi {
 public:
  RevocationsApi(hub::Hub& hub, std::size_t shard) : hub_(hub), shard_(shard) {}

  void add_routes(Router& router);

 private:
  void add(const CallPtr& call);
  void remove(const CallPtr& call);

  hub::Hub& hub_;
  std::size_t shard_;
};

/// What the store holds of earlier runs. Blocks; for the start, before the shards' threads run.
/// kStorageFull, kStorageFailed; kInternal where its table is another one; an entry that cannot be
/// read is kCorrupt.
base::Result<access::Revocations> load_revocations(hub::Hub& hub);

/// Revokes it for good: first in the store, then here, and ends its streams. `done` is called on
/// the thread of `shard`. kTooManyRevocations (counted), kStorageFull, kStorageFailed. `authority`
/// outlives the hub.
void revoke(hub::Hub& hub, std::size_t shard, access::Authority& authority,
            const access::Revocation& revocation, std::function<void(const base::Result<>&)> done);

/// Ends the streams of those whose token, key or session has ended. Any thread.
void end_revoked_streams(hub::Hub& hub, access::Authority& authority);

}  // namespace weir::api
