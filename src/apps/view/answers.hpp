#pragma once

#include <utility>

#include "api/call.hpp"

namespace weir::apps {

/// Answers that it is done, with nothing to say of it: 204.
inline void answer_empty(const api::CallPtr& call) {
  net::Response response;
  response.status = 204;
  call->respond(std::move(response));
}

}  // namespace weir::apps
