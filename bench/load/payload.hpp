#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::bench {

// What the generator publishes: 16 hexadecimal digits of the event's number, 16 of the time at
// which it was sent (or was due), then a fixed filler up to the wanted size. A receiver can so tell
// loss, repetition, damage and latency from the payload alone, whatever the server makes of ids.
class Payload {
 public:
  static constexpr size_t kBytesMin = 32;

  struct Stamp {
    uint64_t number;
    int64_t sent_ns;
  };

  // `bytes` is the whole size, at least kBytesMin.
  explicit Payload(size_t bytes);

  // The text of one event; valid until the next call.
  std::string_view write(const Stamp& stamp);

  // Reads one back; false when size, digits or filler are not what `write` makes.
  bool read(std::string_view data, Stamp& stamp) const;

 private:
  std::string text_;
};

}  // namespace weir::bench
