#include "api/subscriptions.hpp"

#include <utility>

#include "api/subscription_query.hpp"
#include "api/websocket/handshake.hpp"

namespace weir::api {

void Subscriptions::open(CallPtr call, proto::Selectors selectors, Opening opening) {
  if (wants_websocket(*call))
    return web_sockets_.open(*call, std::move(selectors), std::move(opening));
  if (prefers_json(*call)) {
    return polls_.open(std::move(call), std::move(selectors), std::move(opening));
  }
  streams_.open(*call, std::move(selectors), std::move(opening));
}

void Subscriptions::open_empty(Call& call) {
  if (!wants_websocket(call)) {
    return answer_upgrade_required(
        call, base::make_error(base::ErrorCode::kUpgradeRequired, "this is a WebSocket"));
  }
  web_sockets_.open(call, std::nullopt, {.client = new_client()});
}

}  // namespace weir::api
