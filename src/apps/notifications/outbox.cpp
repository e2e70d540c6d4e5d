#include "apps/notifications/outbox.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/notifications/addresses.hpp"
#include "apps/notifications/preferences.hpp"
#include "apps/notifications/store.hpp"

namespace weir::apps::notifications {
namespace {

using base::Result;

/// Where its user is reached by the channel now; nothing: not at all, or not by this browser.
std::optional<std::string> address_now(const Delivery& delivery, const std::string& stored) {
  // The site's own address stands in the settings.
  if (delivery.channel == "webhook") return delivery.address;
  auto addresses = Addresses::parse(stored);
  if (!addresses) return std::nullopt;
  if (delivery.channel != "push") {
    auto all = addresses->of(delivery.channel);
    if (all.empty()) return std::nullopt;
    return std::move(all.front());
  }
  const auto then = read_push_subscription(delivery.address);
  if (!then) return std::nullopt;
  for (const auto& each : addresses->push) {
    if (each.endpoint == then->endpoint) return to_json(each);
  }
  return std::nullopt;
}

/// Why it is not to be sent; "" if it is.
std::string_view why_not(const Notification& one, const Preferences& preferences,
                         const Delivery& delivery, base::UnixMillis now) {
  if (one.expires_at != 0 && one.expires_at <= now) return "the notification has expired";
  if (!preferences.wants(one.type, delivery.channel)) return "the user has switched this off";
  if (one.severity == Severity::kCritical) return {};
  // What is not wanted in the inbox was read, and in the archive, when the delivery was made.
  if (one.read_at > delivery.created_at) return "the user has read it";
  if (one.archived_at > delivery.created_at) return "the user has archived it";
  if (one.place == Place::kSnoozed) return "the user has snoozed it";
  return {};
}

Result<bool> cancel(const Commit& commit, Delivery& delivery, std::string_view reason) {
  delivery.state = Delivery::State::kCancelled;
  deliveries::add_to_record(delivery, commit.now(), commit.now(), "cancelled", reason);
  commit.metrics.cancelled.add();
  if (auto saved = deliveries::save(commit.state(), delivery); !saved) return saved.error();
  return false;
}

}  // namespace

Result<bool> still_to_send(const Commit& commit, Delivery& delivery) {
  const auto now = commit.now();
  const auto found = store::find(commit.state(), delivery.user, delivery.notification);
  if (!found) return found.error();
  if (!*found) return cancel(commit, delivery, "the notification is gone");
  const auto user = store::user(commit.state(), delivery.user);
  if (!user) return user.error();
  const auto preferences = Preferences::stored(user->preferences);
  const auto& one = **found;
  if (const auto reason = why_not(one, preferences, delivery, now); !reason.empty()) {
    return cancel(commit, delivery, reason);
  }
  auto address = address_now(delivery, user->addresses);
  if (!address) return cancel(commit, delivery, "the user is not reached there any more");
  delivery.address = std::move(*address);
  if (one.severity == Severity::kCritical) return true;
  const auto quiet_until = preferences.quiet_until(now);
  if (!quiet_until) return true;
  delivery.next_at = *quiet_until;
  if (auto saved = deliveries::save(commit.state(), delivery); !saved) return saved.error();
  return false;
}

}  // namespace weir::apps::notifications
