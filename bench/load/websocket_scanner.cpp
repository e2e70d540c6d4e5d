#include "load/websocket_scanner.hpp"

namespace weir::bench {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// A JSON object's members from its front to its back. Our payloads need no escapes, so a text with
// any is damaged, which whoever looks at it will find; here it only must not hide where it ends.
class Members {
 public:
  explicit Members(std::string_view json) : json_(json) {}

  bool take(char expected) {
    skip_space();
    if (at_ == json_.size() || json_[at_] != expected) return false;
    ++at_;
    return true;
  }

  bool ended() {
    skip_space();
    return at_ == json_.size();
  }

  // A string, without its quotes.
  bool take_text(std::string_view& text) {
    if (!take('"')) return false;
    size_t begin = at_;
    for (; at_ < json_.size(); ++at_) {
      if (json_[at_] == '\\') {
        ++at_;
      } else if (json_[at_] == '"') {
        text = json_.substr(begin, at_++ - begin);
        return true;
      }
    }
    return false;
  }

  // Any value: a string as take_text() gives it, all else as it is written.
  bool take_value(std::string_view& value) {
    skip_space();
    if (at_ < json_.size() && json_[at_] == '"') return take_text(value);
    size_t begin = at_;
    size_t depth = 0;
    while (at_ < json_.size()) {
      char c = json_[at_];
      if (depth == 0 && (c == ',' || c == '}')) break;
      std::string_view ignored;
      if (c == '"') {
        if (!take_text(ignored)) return false;
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') {
        if (depth == 0) return false;
        --depth;
      }
      ++at_;
    }
    value = json_.substr(begin, at_ - begin);
    return depth == 0 && !value.empty();
  }

 private:
  void skip_space() {
    while (at_ < json_.size() && is_space(json_[at_])) ++at_;
  }

  std::string_view json_;
  size_t at_ = 0;
};

}  // namespace

bool read_message(std::string_view json, ScannedEvent& event) {
  Members members(json);
  if (!members.take('{')) return false;
  if (members.take('}')) return members.ended();
  std::string_view control;
  do {
    std::string_view name;
    std::string_view value;
    if (!members.take_text(name) || !members.take(':') || !members.take_value(value)) return false;
    if (name == "data") {
      event.data = value;
      ++event.data_lines;
    } else if (name == "cursor") {
      event.id = value;
    } else if (name == "event") {
      event.type = value;
    } else if (name == "type") {
      control = value;
    }
  } while (members.take(','));
  if (!control.empty()) event.type = control;
  return members.take('}') && members.ended();
}

std::string pong_frame(std::string_view payload) {
  // A mask of zeros is a mask; what it hides from proxies is not at stake on loopback.
  std::string frame = {static_cast<char>(0x80 | WebSocketFrame::kPong),
                       static_cast<char>(0x80 | (payload.size() & 0x7F))};
  return frame.append(4, '\0').append(payload);
}

}  // namespace weir::bench
