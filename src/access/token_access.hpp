#pragma once

#include <string_view>

#include "access/access.hpp"
#include "base/result.hpp"
#include "proto/jwt.hpp"

namespace weir::access {

/// What a token whose signature was found good lets somebody do. `id` stands for somebody without a
/// subject. kInvalidToken if its grants cannot be read.
base::Result<Access> access_of(proto::Claims claims, std::string_view id);

/// Those of the claims that `access_of` looks at, as JSON.
std::string essential_claims(const proto::Claims& claims);

}  // namespace weir::access
