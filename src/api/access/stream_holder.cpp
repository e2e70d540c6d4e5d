#include "api/access/stream_holder.hpp"

#include <fmt/format.h>

#include <utility>

#include "proto/field_mask.hpp"
#include "proto/filter.hpp"

namespace weir::api {

std::optional<base::UnixMillis> end_of(const access::Access& access,
                                       const base::Settings& settings) {
  if (!access.expires) return std::nullopt;
  const bool token = access.kind == access::Access::Kind::kToken;
  return *access.expires + (token ? settings.access.jwt_leeway.count() : 0);
}

base::Result<> grant_wish(const access::AccessPtr& who, hub::SubscribeRequest& request) {
  const auto& access = *who;
  request.user = access.subject;
  if (access.kind == access::Access::Kind::kOpen) return {};
  if (const auto& mask = access.grants.fields) {
    if (request.filter) {
      // What it lets pass would tell what the mask hides.
      if (const auto path = request.filter->path_outside(*mask)) {
        return Gate::refusal(access,
                             fmt::format("the filter looks at {}, which is not granted", *path));
      }
    }
    request.fields = request.fields == nullptr
                         ? mask
                         : std::make_shared<const proto::FieldMask>(
                               proto::FieldMask::intersection(*request.fields, *mask));
  }
  if (!access.authenticated()) {
    static const auto none = std::make_shared<const proto::Selectors>();
    request.private_topics = none;
  } else if (!access.grants.may_subscribe(*request.selectors)) {
    // Otherwise null, so that streams of the same topics share their work.
    request.private_topics = {who, &access.grants.subscribe};
  }
  return {};
}

std::unique_ptr<hub::Lease> make_lease(const access::AccessPtr& access,
                                       const base::Settings& settings, std::string client_id,
                                       StreamShare share, std::shared_ptr<access::AccessPtr> also,
                                       std::unique_ptr<ConnectionWatch> watch) {
  if (!access->authenticated() && share.empty() && watch == nullptr) return nullptr;
  auto lease = std::make_unique<hub::Lease>();
  lease->client_id = std::move(client_id);
  lease->holder =
      std::make_unique<StreamHolder>(access, std::move(share), std::move(also), std::move(watch));
  lease->expires = end_of(*access, settings);
  return lease;
}

std::unique_ptr<hub::Lease> make_lease(const Call& call, std::string client_id, StreamShare share,
                                       std::shared_ptr<access::AccessPtr> also,
                                       std::unique_ptr<ConnectionWatch> watch) {
  return make_lease(call.shared_access(), call.settings(), std::move(client_id), std::move(share),
                    std::move(also), std::move(watch));
}

}  // namespace weir::api
