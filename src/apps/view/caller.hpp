#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "apps/once.hpp"
#include "base/result.hpp"

namespace weir::apps {

/// Whose view a request is about: the subject of its token or session. `?user=` names somebody else
/// for admins, and anybody on an open server that is reached from this machine alone or runs with
/// `demo`, where it is `demo` without one. An API key is nobody's, so it needs `?user=` and to be
/// an admin's. kUnauthorized, kForbidden, kBadRequest.
base::Result<std::string> acting_user(const api::Call& call);

/// Whether a text may be a user: a topic's last part is made of it, and a key of tables.
/// kBadRequest.
base::Result<> check_user(std::string_view user);

/// Whether who is asking runs the server.
bool is_admin(const api::Call& call);

/// What the request's `Idempotency-Key` says. A subject's keys are its own, and those of one `kind`
/// of request no other's. `what` is all that the request depends on. kBadRequest.
base::Result<once::Key> request_key(const api::Call& call, std::string_view kind,
                                    std::string_view what, base::UnixMillis now);

/// Whether who is asking may bring about changes in these users' views: admins, and who may publish
/// to the topics `KIND/USER`, which are no topics but stand for that right. Takes an event for each
/// user from the rates of publishers. As Gate::may_publish.
base::Result<> may_produce(const api::Call& call, std::string_view kind,
                           std::span<const std::string> users);
/// The same for everybody, as one event: who may publish to all of `KIND/**`.
base::Result<> may_produce_for_all(const api::Call& call, std::string_view kind);
/// The right alone, which takes nothing. kUnauthorized, kForbidden, kInvalidToken.
base::Result<> has_right_to_all(const api::Call& call, std::string_view kind);

/// Room for one change by whoever may make it, such as a user's to what is his: it becomes an
/// event, and takes one from the rates of publishers. kTooManyRequests, kMemoryPressure.
base::Result<> admit_change(const api::Call& call);

}  // namespace weir::apps
