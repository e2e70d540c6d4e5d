#include "apps/notifications/channels/message.hpp"

#include <fmt/format.h>

#include "apps/view/brief.hpp"
#include "proto/json.hpp"
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
                             if (name == "severity") {
                               message.severity = parse_severity(*text).value_or(Severity::kInfo);
                             }
                             return {};
                           });
  return message;
}

std::string push_text(const Message& message, std::size_t bytes_max) {
  std::string body = brief(message.body);
  std::string link = message.action_url;
  const auto write = [&] {
    return fmt::format(
        R"({{"id":{},"type":{},"title":{},"body":{},"actionUrl":{},"severity":"{}"}})",
        proto::json_string(message.id), proto::json_string(message.type),
        proto::json_string(brief(message.title)), proto::json_string(body),
        proto::json_string_or_null(link), name_of(message.severity));
  };
  auto text = write();
  // Texts that are short get longer than that only where they are escaped, at six bytes for one.
  for (auto* const each : {&body, &link}) {
    if (text.size() <= bytes_max) break;
    each->clear();
    text = write();
  }
  return text;
}

}  // namespace weir::apps::notifications
