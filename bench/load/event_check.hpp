#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "load/delivery_book.hpp"
#include "load/payload.hpp"
#include "load/scanned_event.hpp"

namespace weir::bench {

// How far one reader has come.
struct ReaderProgress {
  uint64_t position = 0;     // of the next event
  uint64_t id_sequence = 0;  // of the newest id
  uint32_t topic = 0;
};

// The one way in which what readers see is judged, whatever wire brought it: each event against the
// delivery book and its id against the one before; what is not an event is counted.
class EventCheck {
 public:
  // `numbered_ids`: ids end in -<sequence>, which must rise.
  EventCheck(size_t payload_bytes, bool numbered_ids, DeliveryBook& book, Faults& faults);

  // `now_ns` is when the event was read.
  void on_event(ReaderProgress& reader, const ScannedEvent& event, int64_t now_ns);
  void on_keepalive() { ++keepalives_; }

  uint64_t keepalives() const { return keepalives_; }
  uint64_t control_events() const { return control_events_; }

  // Called with the number and the id of each event, after it is in the book.
  void set_on_event(std::function<void(uint64_t, std::string_view)> on_event) {
    on_event_ = std::move(on_event);
  }

 private:
  void check_id(ReaderProgress& reader, std::string_view id);

  Payload payload_;
  bool numbered_ids_;
  DeliveryBook& book_;
  Faults& faults_;
  uint64_t keepalives_ = 0;
  uint64_t control_events_ = 0;
  std::function<void(uint64_t, std::string_view)> on_event_;
};

}  // namespace weir::bench
