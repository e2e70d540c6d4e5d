#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

#include <weir/event_source.hpp>

namespace weir::embed {

struct StreamDrain {
  std::chrono::milliseconds retry;
};
struct StreamTokenExpiring {};

/// What Weir says about a stream itself.
using ControlFrame = std::variant<Gap, StreamWelcome, StreamRecovery, StreamHeartbeat, StreamDrain,
                                  StreamTokenExpiring>;

/// The control frame that an event without an id of its own is; nothing if it is somebody's event,
/// which may have any type: what has not exactly the shape of a frame of Weir's is none.
std::optional<ControlFrame> read_control_frame(std::string_view type, std::string_view data);

}  // namespace weir::embed
