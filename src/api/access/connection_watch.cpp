#include "api/access/connection_watch.hpp"

#include "api/access/client_address.hpp"

namespace weir::api {

std::unique_ptr<ConnectionWatch> ConnectionWatch::begin(
    const Call& call, std::string client_id, std::string_view transport,
    std::shared_ptr<const proto::Selectors> topics) {
  auto* observer = call.gate().observer();
  if (observer == nullptr) return nullptr;
  return std::unique_ptr<ConnectionWatch>(new ConnectionWatch(
      *observer,
      {.client_id = std::move(client_id),
       .transport = transport,
       .user = call.access().subject,
       .address = address_text(client_address(call.head(), call.settings()), kUnixClient),
       .topics = std::move(topics)}));
}

}  // namespace weir::api
