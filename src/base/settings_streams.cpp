// Rows of the settings: what subscribers of each transport get.

#include <array>

#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;

constexpr std::array<std::string_view, 4> kSlowConsumers = {"catch-up", "conflate",
                                                            "drop-to-latest", "disconnect"};
constexpr std::array<std::string_view, 2> kOverloads = {"refuse", "defer"};
constexpr std::array<std::string_view, 3> kPresences = {"off", "list", "events"};
constexpr std::string_view kStreams = "Streams";
constexpr std::string_view kPolls = "Polls";
constexpr std::string_view kWebSocket = "WebSocket";

const std::array kRows = {
    Setting{
        .name = "keepalive",
        .group = kStreams,
        .kind = kDuration,
        .field = field<&Settings::keepalive>(),
        .min = 50,
        .max = kHour,
        .reloadable = true,
        .help = "After so much silence a stream gets a comment, so that proxies do not close it."},
    Setting{
        .name = "retry",
        .group = kStreams,
        .kind = kDuration,
        .field = field<&Settings::retry>(),
        .max = kHour,
        .reloadable = true,
        .help =
            "How long a browser waits before it reconnects (`retry:`). Each connection gets its "
            "own "
            "value within 20 % of it, so that a restart does not bring everybody back at once."},
    Setting{
        .name = "connection_lifetime",
        .group = kStreams,
        .kind = kDuration,
        .field = field<&Settings::connection_lifetime>(),
        .max = 30 * kDay,
        .reloadable = true,
        .help =
            "A stream ends after about so long, after a whole event; clients resume. 0 is without "
            "end."},
    Setting{
        .name = "slow_consumer",
        .group = kStreams,
        .kind = kChoice,
        .field = field<&Settings::slow_consumer>(),
        .choices = kSlowConsumers,
        .reloadable = true,
        .namespaced = true,
        .help =
            "What a subscriber gets that reads slower than is published: `catch-up`, everything, "
            "later; `conflate`, only the newest event of each key; `drop-to-latest`, a `gap` event "
            "and what comes from then on; `disconnect`, the end of its connection."},
    Setting{.name = "subscribers_max",
            .group = kStreams,
            .kind = kInteger,
            .field = field<&Settings::subscribers_max>(),
            .min = 1,
            .max = 10'000'000,
            .reloadable = true,
            .help = "Open streams. Beyond it `overload` says what happens."},
    Setting{
        .name = "overload",
        .group = kStreams,
        .kind = kChoice,
        .field = field<&Settings::overload>(),
        .choices = kOverloads,
        .reloadable = true,
        .help =
            "What one subscriber too many gets: `refuse`, 503 with Retry-After, after which a "
            "browser's EventSource gives up; `defer`, 200 with a long `retry:` and the end, after "
            "which it comes back."},
    Setting{.name = "subscription_topics_max",
            .group = kStreams,
            .kind = kInteger,
            .field = field<&Settings::subscription_topics_max>(),
            .min = 1,
            .max = 100'000,
            .reloadable = true,
            .help = "Topics and patterns in one subscription."},
    Setting{.name = "filters_max",
            .group = kStreams,
            .kind = kInteger,
            .field = field<&Settings::filters_max>(),
            .max = 1'000'000,
            .reloadable = true,
            .help = "Different filters, lists of fields and grants of private events that one "
                    "shard works out for "
                    "each event; subscribers with the same ones share the work. One more is "
                    "refused with 503. "
                    "0 allows none."},
    Setting{.name = "presence",
            .group = kStreams,
            .kind = kChoice,
            .field = field<&Settings::presence>(),
            .choices = kPresences,
            .reloadable = true,
            .namespaced = true,
            .help =
                "Whether who is subscribed to a topic can be asked for: `off`; `list`, by `GET "
                "/v1/presence`; `events`, also told to the topic's subscribers as it changes. It "
                "counts for streams that are opened from then on."},
    Setting{.name = "presence_window",
            .group = kStreams,
            .kind = kDuration,
            .field = field<&Settings::presence_window>(),
            .min = 100,
            .max = 60 * kSecond,
            .reloadable = true,
            .help = "Who came and who went is told together, so often. Who came and went within it "
                    "is not told."},
    Setting{.name = "presence_events_max",
            .group = kStreams,
            .kind = kInteger,
            .field = field<&Settings::presence_events_max>(),
            .max = 1'000,
            .reloadable = true,
            .help = "`presence.joined` and `presence.left` events of one topic in one window, on "
                    "each shard. More are replaced by one `presence.changed`."},
    Setting{.name = "poll_events",
            .group = kPolls,
            .kind = kInteger,
            .field = field<&Settings::poll_events>(),
            .min = 1,
            .max = 100'000,
            .reloadable = true,
            .help = "Events in one answer to a poll that does not say `limit`."},
    Setting{.name = "poll_events_max",
            .group = kPolls,
            .kind = kInteger,
            .field = field<&Settings::poll_events_max>(),
            .min = 1,
            .max = 100'000,
            .reloadable = true,
            .help = "What `limit` may ask for. More is refused with 400."},
    Setting{.name = "poll_bytes_max",
            .group = kPolls,
            .kind = kBytes,
            .field = field<&Settings::poll_bytes_max>(),
            .min = kKiB,
            .max = 64 * kMiB,
            .reloadable = true,
            .help = "An answer to a poll ends before the event that would make it larger, and says "
                    "that there is more. A single event is always given."},
    Setting{.name = "poll_wait_max",
            .group = kPolls,
            .kind = kDuration,
            .field = field<&Settings::poll_wait_max>(),
            .min = kSecond,
            .max = kHour,
            .reloadable = true,
            .help = "What `wait` of a long poll may ask for. More is refused with 400."},
    Setting{.name = "poll_interval",
            .group = kPolls,
            .kind = kDuration,
            .field = field<&Settings::poll_interval>(),
            .max = kHour,
            .reloadable = true,
            .help =
                "How long a client that polls is told to wait before the next poll, when it has "
                "everything. Each answer gets its own value within 20 % of it."},
    Setting{.name = "websocket_message_bytes_max",
            .group = kWebSocket,
            .kind = kBytes,
            .field = field<&Settings::websocket_message_bytes_max>(),
            .min = kKiB,
            .max = 64 * kMiB,
            .reloadable = true,
            .help = "A client's message, after decompression. A larger one closes its connection "
                    "with 1009."},
    Setting{.name = "websocket_message_timeout",
            .group = kWebSocket,
            .kind = kDuration,
            .field = field<&Settings::websocket_message_timeout>(),
            .min = 100,
            .max = kHour,
            .reloadable = true,
            .help = "How long a client's message may take from its first byte to its last. A "
                    "slower one closes its connection with 4003."},
    Setting{.name = "websocket_subscriptions_max",
            .group = kWebSocket,
            .kind = kInteger,
            .field = field<&Settings::websocket_subscriptions_max>(),
            .min = 1,
            .max = 10'000,
            .reloadable = true,
            .help = "Subscriptions of one WebSocket, that of its address included. One more is "
                    "answered with an error."},
    Setting{.name = "websocket_compression",
            .group = kWebSocket,
            .kind = kBoolean,
            .field = field<&Settings::websocket_compression>(),
            .reloadable = true,
            .help = "Takes up a client's offer of permessage-deflate, without context takeover. An "
                    "event is compressed once for all."},
};

}  // namespace

std::span<const Setting> stream_rows() { return kRows; }

}  // namespace weir::base
