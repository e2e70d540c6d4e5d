// Rows of the settings: stopping, telling, and what runs beside.

#include <array>

#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;

constexpr std::array<std::string_view, 5> kLogLevels = {"debug", "info", "warning", "error", "off"};
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};
constexpr std::string_view kOperation = "Stopping and telling";

const std::array kRows = {
    Setting{.name = "drain_timeout",
            .group = kOperation,
            .kind = kDuration,
            .field = field<&Settings::drain_timeout>(),
            .max = kHour,
            .reloadable = true,
            .help = "How long a stop (SIGTERM) may take to end streams and finish publishes."},
    Setting{.name = "handover_timeout",
            .group = kOperation,
            .kind = kDuration,
            .field = field<&Settings::handover_timeout>(),
            .min = 100,
            .max = kHour,
            .reloadable = true,
            .help = "The same where a new server takes over (`--takeover`); streams come back to "
                    "it spread over this time."},
    Setting{.name = "takeover",
            .group = kOperation,
            .kind = kBoolean,
            .field = field<&Settings::takeover>(),
            .help = "Takes listeners and log over from the server that runs on the same data "
                    "directory, if there is one, without refusing a connection."},
    Setting{.name = "log_level",
            .group = kOperation,
            .kind = kChoice,
            .field = field<&Settings::log_level>(),
            .choices = kLogLevels,
            .reloadable = true,
            .help = "The least important lines that are logged."},
    Setting{.name = "log_format",
            .group = kOperation,
            .kind = kChoice,
            .field = field<&Settings::log_format>(),
            .choices = kLogFormats,
            .reloadable = true,
            .help = "`text` for people, `json` for one object a line."},
    Setting{.name = "connections_page_max",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::connections_page_max>(),
            .min = 1,
            .max = 100'000,
            .reloadable = true,
            .help = "What `limit` of `GET /v1/connections` may ask for. More is refused with 400."},
    Setting{.name = "metrics_history",
            .group = kOperation,
            .kind = kDuration,
            .field = field<&Settings::metrics_history>(),
            .max = kDay,
            .reloadable = true,
            .help = "For how long the server remembers its own figures, one sample a second, about "
                    "600 bytes each, for `GET /v1/metrics/history`. 0 keeps none."},
    Setting{.name = "topic_changes_max",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::topic_changes_max>(),
            .min = 1,
            .max = 10'000,
            .reloadable = true,
            .help = "Topics in one event on `$weir/topics`. The event counts those left out."},
    Setting{.name = "doctor_streams_max",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::doctor_streams_max>(),
            .max = 10'000,
            .reloadable = true,
            .help = "Streams at once that `weir doctor` probes the way with (`GET "
                    "/v1/doctor/stream`). One more is refused with 503; 0 turns them off."},
    Setting{.name = "doctor_streams_per_address",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::doctor_streams_per_address>(),
            .max = 10'000,
            .reloadable = true,
            .help = "Of these, of one address (of IPv6: one /64), so that nobody has all of them. "
                    "One more is refused with 429; 0 is without this limit."},
    Setting{.name = "webhook_connections_max",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::webhook_connections_max>(),
            .min = 1,
            .max = 1'024,
            .help = "Attempts to deliver webhooks at once, of all hooks together; a thread each, "
                    "made when it is needed. Further ones wait."},
    Setting{
        .name = "otlp_endpoint",
        .group = kOperation,
        .kind = kString,
        .field = field<&Settings::otlp_endpoint>(),
        .secret = true,
        .help =
            "Where OpenTelemetry traces of publishes and deliveries go, by OTLP/HTTP as JSON: the "
            "collector's base URL, such as `http://127.0.0.1:4318`; `/v1/traces` is appended. "
            "Empty: nothing is recorded, and a publisher's `traceparent` is passed on as it is."},
    Setting{.name = "otlp_headers_file",
            .group = kOperation,
            .kind = kString,
            .field = field<&Settings::otlp_headers_file>(),
            .help = "A file of `Name: value` lines that go with every export, such as the key of a "
                    "hosted collector. Read at start."},
    Setting{.name = "trace_one_in",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::trace_one_in>(),
            .max = 1'000'000'000,
            .reloadable = true,
            .help = "Of publishes without a `traceparent`, one in so many begins a trace. 0: none "
                    "does, and only what the publisher samples is recorded."},
    Setting{.name = "demo",
            .group = kOperation,
            .kind = kBoolean,
            .field = field<&Settings::demo>(),
            .help =
                "Publishes this machine's metrics every second and a clock, and has a product card "
                "made every 45 seconds, for a first look."},
};

}  // namespace

std::span<const Setting> operation_rows() { return kRows; }

}  // namespace weir::base
