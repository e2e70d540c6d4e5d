#pragma once

#include <string>

namespace weir::net {

/// The words of the newest error in OpenSSL's queue of this thread, which is emptied: "bad
/// decrypt". Never holds a secret.
std::string take_tls_error();

}  // namespace weir::net
