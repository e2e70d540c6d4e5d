#include "load/payload.hpp"

#include <array>

#include "common/fatal.hpp"

namespace weir::bench {
namespace {

constexpr size_t kDigits = 16;

constexpr std::array<uint8_t, 256> make_digit_values() {
  std::array<uint8_t, 256> values{};
  for (auto& value : values) value = 0xFF;
  for (uint8_t i = 0; i < 10; ++i) values[static_cast<size_t>('0' + i)] = i;
  for (uint8_t i = 0; i < 6; ++i)
    values[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(10 + i);
  return values;
}
constexpr std::array<uint8_t, 256> kDigitValues = make_digit_values();

void write_hex(char* out, uint64_t value) {
  for (size_t i = kDigits; i-- > 0; value >>= 4) out[i] = "0123456789abcdef"[value & 0xF];
}

bool read_hex(const char* text, uint64_t& value) {
  value = 0;
  unsigned invalid = 0;
  for (size_t i = 0; i < kDigits; ++i) {
    unsigned digit = kDigitValues[static_cast<unsigned char>(text[i])];
    invalid |= digit & 0xF0U;
    value = value << 4 | (digit & 0xFU);
  }
  return invalid == 0;
}

}  // namespace

Payload::Payload(size_t bytes) : text_(bytes, '.') {
  if (bytes < kBytesMin) fatal("a payload has at least 32 bytes");
  for (size_t i = kBytesMin; i < bytes; ++i) text_[i] = static_cast<char>('a' + i % 26);
}

std::string_view Payload::write(const Stamp& stamp) {
  write_hex(text_.data(), stamp.number);
  write_hex(text_.data() + kDigits, static_cast<uint64_t>(stamp.sent_ns));
  return text_;
}

bool Payload::read(std::string_view data, Stamp& stamp) const {
  uint64_t sent = 0;
  if (data.size() != text_.size() || !read_hex(data.data(), stamp.number) ||
      !read_hex(data.data() + kDigits, sent)) {
    return false;
  }
  stamp.sent_ns = static_cast<int64_t>(sent);
  return data.substr(kBytesMin) == std::string_view(text_).substr(kBytesMin);
}

}  // namespace weir::bench
