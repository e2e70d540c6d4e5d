#include "apps/notifications/channels/message.hpp"

#include "proto/json_object.hpp"

namespace weir::apps::notifications {

Message message_of(std::string_view payload) {
  constexpr std::size_t kDepthMax = 24;
  Message message;
  // It was written here (to_json); what is missing stays empty.
  (void)proto::read_object(payload, kDepthMax,
                           [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
                             auto* const text = std::get_if<std::string>(&value.content);
                             if (text == nullptr) return {};
                             if (name == "id") message.id = std::move(*text);
                             if (name == "type") message.type = std::move(*text);
                             if (name == "title") message.title = std::move(*text);
                             if (name == "body") message.body = std::move(*text);
                             if (name == "actionUrl") message.action_url = std::move(*text);
                             if (name == "severity")
                               message.severity = parse_severity(*text).value_or(Severity::kInfo);
                             return {};
                           });
  return message;
}

}  // namespace weir::apps::notifications
