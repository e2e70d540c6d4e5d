#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::api {

/// What a gzip file (RFC 1952) of our own holds: `size` bytes. Aborts if it does not.
std::string gunzip(std::string_view file, std::size_t size);

}  // namespace weir::api
