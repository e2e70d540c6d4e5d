#pragma once

#include <cstddef>
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

/// The message as a push message carries it to a service worker: JSON of at most `bytes_max`, which
/// is enough for the title. What does not fit is left out, the body first.
std::string push_text(const Message& message, std::size_t bytes_max);

}  // namespace weir::apps::notifications
