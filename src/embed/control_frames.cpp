#include "embed/control_frames.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "proto/json_object.hpp"

namespace weir::embed {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kDepthMax = 4;
constexpr std::size_t kFrameBytesMax = 16 * 1024;

/// The members of a flat object, by name.
class Members {
 public:
  static std::optional<Members> read(std::string_view json) {
    if (json.size() > kFrameBytesMax) return std::nullopt;
    Members members;
    const auto read = proto::read_object(
        json, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
          members.values_.emplace(name, std::move(value.content));
          return {};
        });
    if (!read) return std::nullopt;
    return members;
  }

  std::optional<std::string> text(std::string_view name) const {
    const auto at = values_.find(name);
    if (at == values_.end()) return std::nullopt;
    const auto* text = std::get_if<std::string>(&at->second);
    return text == nullptr ? std::nullopt : std::optional(*text);
  }
  std::optional<std::int64_t> number(std::string_view name) const {
    const auto at = values_.find(name);
    if (at == values_.end()) return std::nullopt;
    if (const auto* number = std::get_if<std::int64_t>(&at->second)) return *number;
    return std::nullopt;
  }

 private:
  std::map<std::string, decltype(proto::JsonValue::content), std::less<>> values_;
};

}  // namespace

std::optional<ControlFrame> read_control_frame(std::string_view type, std::string_view data) {
  const bool known = type == "system" || type == "gap" || type == "recovery" ||
                     type == "heartbeat" || type == "drain" || type == "auth-expiring";
  if (!known) return std::nullopt;
  const auto members = Members::read(data);
  if (!members) return std::nullopt;
  const auto text = [&](std::string_view name) { return members->text(name); };
  if (type == "system") {
    auto id = text("client_id");
    auto cursor = text("cursor");
    if (text("type") != "connected" || !id || !cursor) return std::nullopt;
    return StreamWelcome{*std::move(id), *std::move(cursor), text("timestamp").value_or("")};
  }
  if (type == "gap") {
    auto requested = text("requested");
    auto from = text("available_from");
    auto reason = text("reason");
    if (!requested || !from || !reason) return std::nullopt;
    return Gap{*std::move(requested), *std::move(from), *std::move(reason)};
  }
  if (type == "recovery") {
    auto from = text("recovered_from");
    if (!from) return std::nullopt;
    return StreamRecovery{*std::move(from), members->number("events").value_or(-1)};
  }
  if (type == "heartbeat") {
    auto cursor = text("cursor");
    const auto time = members->number("server_time");
    if (!cursor || !time) return std::nullopt;
    return StreamHeartbeat{*std::move(cursor),
                           std::chrono::system_clock::time_point(milliseconds(*time))};
  }
  if (type == "drain") {
    const auto retry = members->number("retry");
    if (!text("reason") || !retry) return std::nullopt;
    return StreamDrain{milliseconds(*retry)};
  }
  if (!text("client_id") || !text("expires")) return std::nullopt;
  return StreamTokenExpiring{};
}

}  // namespace weir::embed
