#include "api/subscriptions.hpp"

#include <utility>

#include "api/subscription_query.hpp"
#include "api/websocket/handshake.hpp"

namespace weir::api {

void Subscriptions::open(CallPtr call, proto::Selectors selectors, const ClientName& client) {
  if (wants_websocket(*call)) return web_sockets_.open(*call, std::move(selectors), client);
  if (prefers_json(*call)) return polls_.open(std::move(call), std::move(selectors), client);
  streams_.open(*call, std::move(selectors), client);
}

void Subscriptions::open_empty(Call& call) {
  if (!wants_websocket(call)) {
    return answer_upgrade_required(
        call, base::make_error(base::ErrorCode::kUpgradeRequired, "this is a WebSocket"));
  }
  web_sockets_.open(call, std::nullopt, new_client());
}

}  // namespace weir::api
