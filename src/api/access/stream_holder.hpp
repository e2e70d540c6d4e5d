#pragma once

#include <memory>
#include <string>

#include "access/access.hpp"
#include "api/access/connection_watch.hpp"
#include "api/access/gate.hpp"
#include "api/call.hpp"
#include "hub/lease.hpp"
#include "hub/subscriber.hpp"

namespace weir::api {

/// Whose a stream is, for as long as it lasts. Shard thread.
struct StreamHolder final : hub::LeaseHolder {
  StreamHolder(access::AccessPtr whose, StreamShare counted,
               std::shared_ptr<access::AccessPtr> of_connection,
               std::unique_ptr<ConnectionWatch> watched)
      : access(std::move(whose)),
        share(std::move(counted)),
        also(std::move(of_connection)),
        watch(std::move(watched)) {}

  const void* connection() const override { return also.get(); }

  void renew(access::AccessPtr fresh) {
    if (also != nullptr) *also = fresh;
    access = std::move(fresh);
  }

  access::AccessPtr access;
  StreamShare share;
  std::shared_ptr<access::AccessPtr> also;  ///< Of a connection that asks for more by itself.
  std::unique_ptr<ConnectionWatch> watch;   ///< Null: nobody is told of its end.
};

/// What a stream of this call needs beside its topics: null where nobody in particular opens it and
/// nothing is counted or watched, which is most of them.
/// `also` is the access of a connection that asks for more by itself: renewed along.
std::unique_ptr<hub::Lease> make_lease(const Call& call, std::string client_id, StreamShare share,
                                       std::shared_ptr<access::AccessPtr> also = nullptr,
                                       std::unique_ptr<ConnectionWatch> watch = nullptr);
std::unique_ptr<hub::Lease> make_lease(const access::AccessPtr& access,
                                       const base::Settings& settings, std::string client_id,
                                       StreamShare share,
                                       std::shared_ptr<access::AccessPtr> also = nullptr,
                                       std::unique_ptr<ConnectionWatch> watch = nullptr);

/// Holds a wish to what is granted: its fields to the token's mask, which its filter must not look
/// behind (kForbidden), and private events to those of topics that the token itself grants; of
/// topics that are everybody's they do not come. After `selectors`, `filter` and `fields` are set;
/// for every transport.
base::Result<> grant_wish(const access::AccessPtr& access, hub::SubscribeRequest& request);

/// When a stream with this access ends: with it, and with the leeway that clocks are allowed.
std::optional<base::UnixMillis> end_of(const access::Access& access,
                                       const base::Settings& settings);

}  // namespace weir::api
