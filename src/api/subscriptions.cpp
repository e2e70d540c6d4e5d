#include "api/subscriptions.hpp"

#include <utility>

#include "api/subscription_query.hpp"

namespace weir::api {

void Subscriptions::open(CallPtr call, proto::Selectors selectors, std::string client_id) {
  if (prefers_json(*call)) return polls_.open(std::move(call), std::move(selectors));
  streams_.open(*call, std::move(selectors), std::move(client_id));
}

}  // namespace weir::api
