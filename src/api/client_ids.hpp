#pragma once

#include <cstdint>
#include <string>

#include "base/random.hpp"
#include "hub/client_id.hpp"
#include "hub/subscriber.hpp"

namespace weir::api {

/// Identities that the server gives to those who subscribe. Not for secrets. One thread.
class ClientIds {
 public:
  explicit ClientIds(std::uint64_t seed) : random_(seed) {}

  hub::ClientId next() { return hub::ClientId(random_.next()); }

 private:
  base::Random random_;
};

/// What a client that subscribes is called.
struct ClientName {
  hub::ClientId id;   ///< By the server.
  std::string given;  ///< By itself; empty: it takes the server's.

  /// What the welcome tells it that it is called.
  std::string shown() const { return given.empty() ? id.text() : given; }
  void put_into(hub::SubscribeRequest& request) const {
    request.client = id;
    request.given_id = given;
  }
};

}  // namespace weir::api
