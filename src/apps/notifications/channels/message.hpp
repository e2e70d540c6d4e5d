#pragma once

#include <string>
#include <string_view>

#include "apps/notifications/notification.hpp"

namespace weir::apps::notifications {

/// What people are shown of a notification, out of a delivery's payload.
struct Message {
  std::string id;
  std::string type;
  std::string title;
  std::string body;
  std::string action_url;
  Severity severity = Severity::kInfo;
};

Message message_of(std::string_view payload);

}  // namespace weir::apps::notifications
