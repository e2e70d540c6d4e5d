#pragma once

#include <string>

#include "access/access.hpp"
#include "api/access/gate.hpp"

namespace weir::api {

/// Whether who is asking may look at, and change, what belongs to another user, whom `?user=`
/// names: admins, and everybody where an open server runs with `demo`.
bool may_choose_user(const Gate& gate, const access::Access& access, const net::RequestHead& head,
                     const base::Settings& settings);

/// Whose things a request is about that names nobody: the subject of its token or session; on an
/// open server `demo`, for who may choose. Empty: nobody's, as with an API key.
std::string default_user(const Gate& gate, const access::Access& access,
                         const net::RequestHead& head, const base::Settings& settings);

}  // namespace weir::api
