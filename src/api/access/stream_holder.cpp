#include "api/access/stream_holder.hpp"

#include <utility>

namespace weir::api {

std::optional<base::UnixMillis> end_of(const access::Access& access,
                                       const base::Settings& settings) {
  if (!access.expires) return std::nullopt;
  const bool token = access.kind == access::Access::Kind::kToken;
  return *access.expires + (token ? settings.access.jwt_leeway.count() : 0);
}

std::shared_ptr<const proto::Selectors> private_topics_of(const Call& call,
                                                          const proto::Selectors& selectors) {
  const auto& access = call.access();
  if (access.kind == access::Access::Kind::kOpen) return nullptr;
  if (!access.authenticated()) {
    static const auto none = std::make_shared<const proto::Selectors>();
    return none;
  }
  // Not told apart where nothing is left out, so that streams of the same topics share the work.
  if (access.grants.may_subscribe(selectors)) return nullptr;
  return {call.shared_access(), &access.grants.subscribe};
}

std::unique_ptr<hub::Lease> make_lease(const Call& call, std::string client_id,
                                       StreamShare share) {
  if (!call.access().authenticated() && share.empty()) return nullptr;
  auto lease = std::make_unique<hub::Lease>();
  lease->client_id = std::move(client_id);
  lease->holder = std::make_unique<StreamHolder>(call.shared_access(), std::move(share));
  lease->expires = end_of(call.access(), call.settings());
  return lease;
}

}  // namespace weir::api
