#pragma once

#include <memory>
#include <string>

#include "apps/notifications/channels/channel.hpp"
#include "apps/notifications/channels/web_push.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "client/connection.hpp"

namespace weir::apps::notifications {

/// What channels over HTTP have in common.
struct HttpReach {
  client::ConnectionOptions connection;
  std::chrono::milliseconds timeout{15'000};
  const base::Clock* clock = nullptr;
};

/// Posts every notification to the site's own address, signed as webhooks are (Standard Webhooks
/// 1.0), by the server's webhook key and, where there is one, a shared secret. kBadConfiguration.
base::Result<std::unique_ptr<const Channel>> make_webhook_channel(const base::Settings& settings,
                                                                  HttpReach reach);
/// Publishes to the user's topic on an ntfy server, as JSON. kBadConfiguration.
base::Result<std::unique_ptr<const Channel>> make_ntfy_channel(
    const base::NotificationSettings& settings, HttpReach reach);
/// Sends to the user's browsers.
std::unique_ptr<const Channel> make_push_channel(const base::NotificationSettings& settings,
                                                 PushKey key, HttpReach reach);

}  // namespace weir::apps::notifications
