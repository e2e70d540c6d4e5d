#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::access {

/// SHA-256, 32 bytes. Any thread.
std::string sha256(std::string_view bytes);

/// From the operating system's generator, for secrets. Any thread.
std::string random_bytes(std::size_t count);

/// Whether the texts are equal, in a time that depends on their lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

std::string to_hex(std::string_view bytes);

/// Tells one text from others, and says nothing of it: half of its SHA-256 in hexadecimal digits.
std::string fingerprint_of(std::string_view text);

}  // namespace weir::access
