#pragma once

#include <memory>
#include <string>

#include "access/access.hpp"
#include "api/access/gate.hpp"
#include "api/call.hpp"
#include "hub/lease.hpp"

namespace weir::api {

/// Whose a stream is, for as long as it lasts. Shard thread.
struct StreamHolder final : hub::LeaseHolder {
  StreamHolder(access::AccessPtr whose, StreamShare counted)
      : access(std::move(whose)), share(std::move(counted)) {}

  access::AccessPtr access;
  StreamShare share;
};

/// What a stream of this call needs beside its topics: null where nobody in particular opens it and
/// nothing is counted, which is most of them.
std::unique_ptr<hub::Lease> make_lease(const Call& call, std::string client_id, StreamShare share);

/// The topics of which such a stream may have private events: null where it may have them of
/// everything that it asks for, which who has a token for it may. To what anonymous may follow, they
/// do not come.
std::shared_ptr<const proto::Selectors> private_topics_of(const Call& call,
                                                          const proto::Selectors& selectors);

/// When a stream with this access ends: with it, and with the leeway that clocks are allowed.
std::optional<base::UnixMillis> end_of(const access::Access& access,
                                       const base::Settings& settings);

}  // namespace weir::api
