// The rows of the settings of the notification inbox.

#include <array>

#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;
using N = NotificationSettings;

constexpr SettingGroup kNotifications{"Notifications"};

template <auto Member>
constexpr auto place() {
  return field<&Settings::notifications, Member>();
}

constexpr Setting text(std::string_view name, SettingField<std::string> where, bool secret,
                       std::string_view help) {
  return Setting{.name = name,
                 .group = kNotifications.name,
                 .kind = kString,
                 .field = where,
                 .secret = secret,
                 .help = help};
}

const std::array kRows = {
    Setting{.name = "notifications",
            .group = kNotifications.name,
            .kind = kBoolean,
            .field = place<&N::enabled>(),
            .help = "Serves the notification inbox at `/api/notifications` and the addresses that "
                    "bring about notifications."},
    kNotifications.number(
        "notifications_per_user_max", place<&N::per_user_max>(), 100'000,
        "Notifications that are kept of a user, in the inbox, the archive and snoozed. One more "
        "removes the oldest, the archive's first. So many may be scheduled besides; more are "
        "refused with 400."),
    kNotifications.duration(
        "notification_retention", place<&N::retention>(), 0, 3'650 * kDay,
        "Notifications that came into the inbox longer ago than this are removed, and the records "
        "of their deliveries. 0 is without this limit."),
    kNotifications.number(
        "notifications_page_max", place<&N::page_max>(), 1'000,
        "What `limit` of `GET /api/notifications` may ask for. More is refused with 400."),
    kNotifications.number(
        "notification_recipients_max", place<&N::recipients_max>(), 10'000,
        "Users that one request may name. More is refused with 400; for more there are groups, "
        "topics and `everyone`."),
    Setting{.name = "notification_body_bytes_max",
            .group = kNotifications.name,
            .kind = kBytes,
            .field = place<&N::body_bytes_max>(),
            .min = 256,
            .max = kMiB,
            .reloadable = true,
            .help = "Bytes of a notification's `body`, and of its `data`. More is refused with "
                    "400."},
    kNotifications.duration(
        "notification_dedupe_window", place<&N::dedupe_window>(), kSecond, 30 * kDay,
        "How long after a notification others with the same `dedupeKey` for the same user are left "
        "out, whatever has become of it."),
    kNotifications.number(
        "notification_broadcast_batch", place<&N::broadcast_batch>(), 10'000,
        "Users that one commit of a broadcast tells, while publishers wait: about 50 µs each."),
    kNotifications.number(
        "notification_broadcasts_max", place<&N::broadcasts_max>(), 10'000,
        "Broadcasts (to groups, topics and `everyone`) that are under way at once. They take "
        "turns. One more is refused with 503."),
    Setting{.name = "notification_workers",
            .group = kNotifications.name,
            .kind = kInteger,
            .field = place<&N::workers>(),
            .min = 1,
            .max = 256,
            .help =
                "Attempts to deliver at once, of each channel; a thread each, made when it is "
                "needed. Further ones wait. Of `push` one user has one at a time, and users and "
                "hosts whose last attempt was slow (over a third of "
                "`notification_attempt_timeout`) have half of them together."},
    kNotifications.number("notification_attempts_max", place<&N::attempts_max>(), 1'000,
                          "Attempts of one delivery before it is given up."),
    Setting{.name = "notification_attempt_timeout",
            .group = kNotifications.name,
            .kind = kDuration,
            .field = place<&N::attempt_timeout>(),
            .min = 100,
            .max = kHour,
            .help = "What one attempt may take."},
    kNotifications.duration(
        "notification_backoff", place<&N::backoff>(), 10, kHour,
        "After a failed attempt the next one comes at random within this time, which doubles "
        "with each failure."),
    kNotifications.duration("notification_backoff_max", place<&N::backoff_max>(), 10, 7 * kDay,
                            "The longest that time becomes."),
    Setting{.name = "notification_allow_private",
            .group = kNotifications.name,
            .kind = kBoolean,
            .field = place<&N::allow_private>(),
            .help = "For tests: lets the channel `push` connect to this machine and to private "
                    "networks, and without TLS. Its addresses come from browsers; those of other "
                    "channels are yours, and may be anywhere."},
    text("notification_ca_file", place<&N::ca_file>(), false,
         "Certificates (PEM) that channels trust instead of the system's."),
    text("notification_webhook_url", place<&N::webhook_url>(), true,
         "Where the channel `webhook` posts notifications, signed as webhooks are. Empty: the "
         "channel is off."),
    text("notification_webhook_secret_file", place<&N::webhook_secret_file>(), false,
         "A file that holds a shared secret, as the `secret` of a `[[webhook]]`, which then signs "
         "too."),
    text("notification_ntfy_url", place<&N::ntfy_url>(), true,
         "The ntfy server to which the channel `ntfy` publishes, such as `https://ntfy.sh`. Empty: "
         "the channel is off."),
    text("notification_ntfy_token_file", place<&N::ntfy_token_file>(), false,
         "A file that holds the access token for it."),
    text("notification_smtp_url", place<&N::smtp_url>(), true,
         "The mail server to which the channel `email` hands mails over: "
         "`smtp://USER@mail.example:587` (with STARTTLS, which is needed to log in) or "
         "`smtps://mail.example`. Empty: the channel is off."),
    text("notification_smtp_password_file", place<&N::smtp_password_file>(), false,
         "A file that holds the password of its user."),
    text("notification_smtp_from", place<&N::smtp_from>(), false,
         "The address that mails are from."),
    text("notification_push_contact", place<&N::push_contact>(), false,
         "Whom a push service may ask about this server, `mailto:you@example.com` or an https URL. "
         "Empty: the channel `push` is off."),
};

}  // namespace

std::span<const Setting> notification_rows() { return kRows; }

}  // namespace weir::base
