// Rows of the settings: HTTP and TLS.

#include <array>

#include "base/settings_check.hpp"
#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;

constexpr std::array<std::string_view, 3> kClientVerify = {"none", "optional", "required"};
constexpr std::array<std::string_view, 2> kTlsVersions = {"1.2", "1.3"};
constexpr std::string_view kHttp = "HTTP";
constexpr std::string_view kTls = "TLS";

const std::array kRows = {
    Setting{.name = "cors_origin",
            .group = kHttp,
            .kind = kStringList,
            .field = field<&Settings::cors_origin>(),
            .check = check_origin,
            .reloadable = true,
            .help =
                "Origins whose pages may use this server, exactly as a browser sends them: "
                "scheme://host[:port]. `*` is every origin, and only without `cors_credentials`."},
    Setting{.name = "cors_credentials",
            .group = kHttp,
            .kind = kBoolean,
            .field = field<&Settings::cors_credentials>(),
            .reloadable = true,
            .help = "Pages of these origins may send cookies and authorization."},
    Setting{.name = "event_bytes_max",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::event_bytes_max>(),
            .min = 1,
            .max = 64 * kMiB,
            .reloadable = true,
            .help = "Data of one event. A larger one is refused with 413."},
    Setting{.name = "body_bytes_max",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::body_bytes_max>(),
            .min = 1,
            .max = kGiB,
            .reloadable = true,
            .help = "Body of one request; an NDJSON stream may be longer. A larger one is refused "
                    "with 413. "
                    "Not given, it grows with `event_bytes_max`."},
    Setting{.name = "header_bytes_max",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::header_bytes_max>(),
            .min = kKiB,
            .max = kMiB,
            .reloadable = true,
            .help = "Request line and headers together. More is refused with 431."},
    Setting{.name = "headers_max",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::headers_max>(),
            .min = 10,
            .max = 10'000,
            .reloadable = true,
            .help = "Headers of one request. More are refused with 431."},
    Setting{.name = "target_bytes_max",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::target_bytes_max>(),
            .min = 64,
            .max = kMiB,
            .reloadable = true,
            .help = "Path and query of one request. A longer one is refused with 414."},
    Setting{.name = "header_timeout",
            .group = kHttp,
            .kind = kDuration,
            .field = field<&Settings::header_timeout>(),
            .min = 50,
            .max = kHour,
            .reloadable = true,
            .help = "From the first byte of a request to the end of its headers; then 408. A new "
                    "connection on which nothing comes is closed after it, too."},
    Setting{.name = "body_timeout",
            .group = kHttp,
            .kind = kDuration,
            .field = field<&Settings::body_timeout>(),
            .min = 50,
            .max = kDay,
            .reloadable = true,
            .help = "How long a body may bring nothing; then 408. A body that is not a stream of "
                    "lines must also come with 16 KiB a second on the whole."},
    Setting{.name = "idle_timeout",
            .group = kHttp,
            .kind = kDuration,
            .field = field<&Settings::idle_timeout>(),
            .min = 50,
            .max = kDay,
            .reloadable = true,
            .help = "How long a connection may wait for its next request before it is closed."},
    Setting{.name = "connections_max",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::connections_max>(),
            .min = 1,
            .max = 10'000'000,
            .reloadable = true,
            .help = "Open connections. One more is refused with 503."},
    Setting{.name = "send_buffer_bytes",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::send_buffer_bytes>(),
            .min = 4 * kKiB,
            .max = 64 * kMiB,
            .help =
                "The system's send buffer of each connection: what a subscriber that does not read "
                "costs."},
    Setting{.name = "http2_streams_max",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::http2_streams_max>(),
            .min = 1,
            .max = 1'000'000,
            .reloadable = true,
            .help = "Requests and event streams at once on one HTTP/2 connection. More are refused "
                    "with REFUSED_STREAM. New connections follow a change."},
    Setting{.name = "http2_resets_per_second",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::http2_resets_per_second>(),
            .min = 1,
            .max = 1'000'000,
            .reloadable = true,
            .help = "Streams that one HTTP/2 connection may give up in a second, in the long run; "
                    "`http2_streams_max` and ten seconds' worth at once. More end it with "
                    "ENHANCE_YOUR_CALM."},
    Setting{.name = "http2_control_frames_per_second",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::http2_control_frames_per_second>(),
            .min = 1,
            .max = 1'000'000,
            .reloadable = true,
            .help = "Frames of one HTTP/2 connection that carry nothing (PING, SETTINGS, PRIORITY, "
                    "WINDOW_UPDATE, empty DATA) in a second, in the long run; `http2_streams_max` "
                    "and ten seconds' worth at once, and two for each DATA frame that the server "
                    "sends. More end it with ENHANCE_YOUR_CALM."},
    Setting{.name = "tls_certificate",
            .group = kTls,
            .kind = kString,
            .field = field<&Settings::tls_certificate>(),
            .reloadable = true,
            .help = "PEM file of the server's certificate and the chain that leads to its root."},
    Setting{.name = "tls_key",
            .group = kTls,
            .kind = kString,
            .field = field<&Settings::tls_key>(),
            .reloadable = true,
            .help = "PEM file of the certificate's private key, without a pass phrase. Not given, "
                    "it stands in the certificate's file."},
    Setting{.name = "tls_client_ca",
            .group = kTls,
            .kind = kString,
            .field = field<&Settings::tls_client_ca>(),
            .reloadable = true,
            .help = "PEM file of the authorities that clients' certificates have to come from."},
    Setting{.name = "tls_client_verify",
            .group = kTls,
            .kind = kChoice,
            .field = field<&Settings::tls_client_verify>(),
            .choices = kClientVerify,
            .reloadable = true,
            .help = "`none`: clients are not asked for a certificate; `optional`: one that is sent "
                    "has to be valid; `required`: without a valid one there is no connection."},
    Setting{.name = "tls_min_version",
            .group = kTls,
            .kind = kChoice,
            .field = field<&Settings::tls_min_version>(),
            .choices = kTlsVersions,
            .reloadable = true,
            .help = "The oldest TLS that is spoken."},
    Setting{.name = "tls_ticket_rotation",
            .group = kTls,
            .kind = kDuration,
            .field = field<&Settings::tls_ticket_rotation>(),
            .min = kSecond,
            .max = 7 * kDay,
            .reloadable = true,
            .help = "How long a key that encrypts session tickets is used. A client can resume its "
                    "session for as long; a key that was replaced still reads for one more time."},
    Setting{.name = "tls_kernel",
            .group = kTls,
            .kind = kBoolean,
            .field = field<&Settings::tls_kernel>(),
            .reloadable = true,
            .help = "Asks the kernel to encrypt (kTLS) where it can."},
};

}  // namespace

std::span<const Setting> http_rows() { return kRows; }

}  // namespace weir::base
