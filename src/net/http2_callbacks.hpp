#pragma once

#include <nghttp2/nghttp2.h>

#include "base/settings.hpp"

namespace weir::net {

class Http2Connection;

/// A server session that tells `connection` what happens, with its first SETTINGS queued. Aborts
/// when memory is out, as `new` would.
nghttp2_session* new_http2_session(Http2Connection& connection, const base::Settings& settings);

/// The source of every answer's body. `stream` is the Http2Stream.
nghttp2_data_provider http2_data_source(void* stream);

}  // namespace weir::net
