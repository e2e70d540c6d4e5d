#include "load/event_check.hpp"

#include <charconv>
#include <string>

namespace weir::bench {

EventCheck::EventCheck(size_t payload_bytes, bool numbered_ids, DeliveryBook& book, Faults& faults)
    : payload_(payload_bytes), numbered_ids_(numbered_ids), book_(book), faults_(faults) {}

void EventCheck::on_event(ReaderProgress& reader, const ScannedEvent& event, int64_t now_ns) {
  if (!event.type.empty() && event.type != "message") {
    if (event.type == "gap") faults_.add("a gap: " + std::string(event.data));
    if (!event.id.empty()) faults_.add("a control event with an id");
    ++control_events_;
    return;
  }
  Payload::Stamp stamp{};
  if (event.data_lines != 1 || !payload_.read(event.data, stamp)) {
    faults_.add("a damaged event: " + std::string(event.data.substr(0, 80)));
    return;
  }
  if (numbered_ids_) check_id(reader, event.id);
  book_.deliver(reader.topic, reader.position++, stamp.number, now_ns - stamp.sent_ns);
  if (on_event_) on_event_(stamp.number, event.id);
}

void EventCheck::check_id(ReaderProgress& reader, std::string_view id) {
  uint64_t sequence = 0;
  size_t dash = id.rfind('-');
  if (dash != std::string_view::npos) {
    std::from_chars(id.data() + dash + 1, id.data() + id.size(), sequence);
  }
  if (sequence <= reader.id_sequence) faults_.add("an id that does not rise: " + std::string(id));
  reader.id_sequence = sequence;
}

}  // namespace weir::bench
