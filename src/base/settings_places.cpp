// Rows of the settings: where the server listens and writes, and its log.

#include <array>

#include "base/settings_check.hpp"
#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;

constexpr std::array<std::string_view, 3> kDurabilities = {"fsync", "buffered", "memory"};
constexpr std::string_view kPlaces = "Where it listens and writes";
constexpr std::string_view kLog = "The log";

const std::array kRows = {
    Setting{.name = "listen",
            .group = kPlaces,
            .kind = kStringList,
            .field = field<&Settings::listen>(),
            .check = check_listen,
            .help = "Addresses to listen on, each host:port or unix:/path. `[::1]:3000` is IPv6, "
                    "`:3000` is every address of the machine, port 0 takes a free one. Options "
                    "follow a question mark, as in `:443?tls&role=public`; docs/listening.md tells "
                    "all."},
    Setting{.name = "trusted_proxies",
            .group = kPlaces,
            .kind = kStringList,
            .field = field<&Settings::trusted_proxies>(),
            .check = check_address_block,
            .reloadable = true,
            .help =
                "Addresses and blocks (`10.0.0.0/8`) of the proxies that are believed: their "
                "PROXY protocol header, and their `Forwarded` or `X-Forwarded-For` says who the "
                "client is. Others cannot connect where `proxy_protocol` is on; who may open a "
                "UNIX socket is trusted."},
    Setting{
        .name = "data_dir",
        .group = kPlaces,
        .kind = kString,
        .field = field<&Settings::data_dir>(),
        .help =
            "Directory of the durable log; made if it is missing, used by one server at a time. "
            "Without one, events are kept in memory and are gone when the server stops."},
    Setting{.name = "config",
            .group = kPlaces,
            .kind = kString,
            .field = field<&Settings::config>(),
            .help = "TOML file to read settings from. Only a flag or the environment can name it."},
    Setting{.name = "shards",
            .group = kPlaces,
            .kind = kInteger,
            .field = field<&Settings::shards>(),
            .min = 0,
            .max = 1024,
            .help =
                "Event loops, each a thread with its own connections. 0 is one per core that the "
                "process may run on."},
    Setting{
        .name = "durability",
        .group = kLog,
        .kind = kChoice,
        .field = field<&Settings::durability>(),
        .choices = kDurabilities,
        .namespaced = true,
        .help =
            "When a publish is answered: `fsync`, when its event is on disk; `buffered`, when the "
            "system's page cache has it, which a power cut can lose; `memory`, at once, and the "
            "event is never stored. Without `data_dir` it is always `memory`."},
    Setting{
        .name = "retention_age",
        .group = kLog,
        .kind = kDuration,
        .field = field<&Settings::retention, &Retention::age>(),
        .max = 3'650 * kDay,
        .reloadable = true,
        .namespaced = true,
        .help =
            "Events older than this are removed. 0 is without this limit; of age, count and bytes, "
            "whichever is reached first counts."},
    Setting{.name = "retention_events",
            .group = kLog,
            .kind = kInteger,
            .field = field<&Settings::retention, &Retention::events>(),
            .reloadable = true,
            .namespaced = true,
            .help = "More events than this are not kept: the oldest go. 0 is without this limit."},
    Setting{
        .name = "retention_bytes",
        .group = kLog,
        .kind = kBytes,
        .field = field<&Settings::retention, &Retention::bytes>(),
        .reloadable = true,
        .namespaced = true,
        .help =
            "More bytes of events than this are not kept: the oldest go. 0 is without this limit."},
    Setting{.name = "memory_bytes",
            .group = kLog,
            .kind = kBytes,
            .field = field<&Settings::memory_bytes>(),
            .min = kMiB,
            .help = "What the log may hold when it is kept in memory only."},
    Setting{
        .name = "ring_bytes",
        .group = kLog,
        .kind = kBytes,
        .field = field<&Settings::ring_bytes>(),
        .min = kMiB,
        .help =
            "Recent events kept in memory, so that readers who are a little behind need no disk."},
    Setting{.name = "publish_queue_bytes",
            .group = kLog,
            .kind = kBytes,
            .field = field<&Settings::publish_queue_bytes>(),
            .min = kMiB,
            .help = "Events that may wait for the disk. Beyond it a publish is refused with 503."},
    Setting{.name = "wal_bytes",
            .group = kLog,
            .kind = kBytes,
            .field = field<&Settings::wal_bytes>(),
            .min = kMiB,
            .max = 4 * kGiB,
            .help = "Size at which the write-ahead log is copied into the database file."},
    Setting{.name = "idempotency_window",
            .group = kLog,
            .kind = kDuration,
            .field = field<&Settings::idempotency_window>(),
            .min = kSecond,
            .max = 30 * kDay,
            .help = "How long a publish, a notification or the start of a workflow with the same "
                    "`Idempotency-Key` gets the first answer again instead of being done twice."},
};

}  // namespace

std::span<const Setting> place_rows() { return kRows; }

}  // namespace weir::base
