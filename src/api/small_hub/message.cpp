#include "api/small_hub/message.hpp"

#include <functional>
#include <variant>

#include "proto/json.hpp"
#include "proto/json_reader.hpp"

namespace weir::api {
namespace {

constexpr std::size_t kDepthMax = 64;

using OnMember = std::function<base::Result<>(const std::string& name, const proto::JsonValue&)>;

base::Result<> for_each_member(std::string_view body, const OnMember& on_member) {
  proto::JsonReader reader(body, kDepthMax);
  if (!reader.take('{')) {
    // Whatever else it is, it must be JSON before it can be the wrong kind of JSON.
    if (auto value = reader.value(); !value) return value.error();
    return base::make_error(base::ErrorCode::kBadEvent, "the body is a JSON object");
  }
  if (!reader.take('}')) {
    for (bool more = true; more;) {
      auto name = reader.name();
      if (!name) return name.error();
      const auto value = reader.value();
      if (!value) return value.error();
      if (auto handled = on_member(*name, *value); !handled) return handled;
      const auto next = reader.more('}');
      if (!next) return next.error();
      more = *next;
    }
  }
  return reader.expect_end();
}

base::Result<> take_string(const std::string& name, const proto::JsonValue& value,
                           std::string& out) {
  const auto* text = std::get_if<std::string>(&value.content);
  if (text == nullptr) {
    return base::make_error(base::ErrorCode::kBadEvent, name + " takes a string");
  }
  out = *text;
  return {};
}

}  // namespace

base::Result<SmallHubMessage> read_broadcast(std::string_view body) {
  SmallHubMessage message;
  const auto read =
      for_each_member(body, [&](const std::string& name, const proto::JsonValue& value) {
        if (name == "event") return take_string(name, value, message.type);
        return base::Result<>();
      });
  if (!read) return read.error();
  message.data = body;
  return message;
}

base::Result<SmallHubMessage> read_send(std::string_view body) {
  SmallHubMessage message;
  message.data = "{";
  const auto read =
      for_each_member(body, [&](const std::string& name, const proto::JsonValue& value) {
        if (name == "_event") return take_string(name, value, message.type);
        if (name == "client_id") return take_string(name, value, message.client_id);
        if (message.data.size() > 1) message.data.push_back(',');
        proto::append_json_string(message.data, name);
        message.data.append(":").append(value.bytes);
        return base::Result<>();
      });
  if (!read) return read.error();
  message.data.push_back('}');
  return message;
}

}  // namespace weir::api
