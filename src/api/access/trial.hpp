#pragma once

#include "api/router.hpp"

namespace weir::api {

/// `POST /v1/access/try`, for admins: what a token or key that somebody shows would be allowed, and
/// why. Decides by the Gate, as for a request. Takes nothing from limits and logs nothing. One per
/// shard; its thread only.
class AccessTrial {
 public:
  void add_routes(Router& router);

 private:
  static void answer(const CallPtr& call);
};

}  // namespace weir::api
