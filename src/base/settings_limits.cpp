// The rows of the settings that say how much one may have of the server.

#include <array>

#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;
using A = AccessSettings;

constexpr std::string_view kLimits = "Rates and shares";
constexpr std::uint64_t kRateMax = 1'000'000'000;

constexpr Setting rate(std::string_view name, SettingField<std::uint64_t> place,
                       std::string_view help) {
  return Setting{.name = name,
                 .group = kLimits,
                 .kind = kInteger,
                 .field = place,
                 .max = kRateMax,
                 .reloadable = true,
                 .help = help};
}

template <auto Member>
constexpr auto access() {
  return field<&Settings::access, Member>();
}

const std::array kRows = {
    rate("publish_rate", access<&A::publish_rate>(),
         "Events a second that all publishers together may publish. Beyond it 429; 0 is without "
         "this limit."),
    rate("publish_rate_per_address", access<&A::publish_rate_per_address>(),
         "Events a second from one address (of IPv6: one /64). 0 is without this limit."),
    rate("publish_rate_per_subject", access<&A::publish_rate_per_subject>(),
         "Events a second of one token's subject or one API key, unless it says otherwise itself. "
         "0 is without this limit."),
    rate("publish_rate_per_topic", access<&A::publish_rate_per_topic>(),
         "Events a second to one topic. 0 is without this limit."),
    rate("subscribe_rate", access<&A::subscribe_rate>(),
         "Streams that may be opened in a second, all together. Beyond it 503; 0 is without this "
         "limit."),
    rate("subscribe_rate_per_address", access<&A::subscribe_rate_per_address>(),
         "Streams that one address may open in a second. Beyond it 429; 0 is without this limit."),
    rate("subscribe_rate_per_subject", access<&A::subscribe_rate_per_subject>(),
         "Streams that one subject may open in a second. 0 is without this limit."),
    Setting{.name = "rate_burst",
            .group = kLimits,
            .kind = kDuration,
            .field = access<&A::rate_burst>(),
            .min = 100,
            .max = kHour,
            .reloadable = true,
            .help = "Who was quiet may have what the rate gives in so long at once."},
    rate("streams_per_address", access<&A::streams_per_address>(),
         "Open streams of one address. Beyond it 429; 0 is without this limit."),
    rate("streams_per_subject", access<&A::streams_per_subject>(),
         "Open streams of one subject, unless its token says otherwise. 0 is without this limit."),
    Setting{.name = "limiter_entries",
            .group = kLimits,
            .kind = kInteger,
            .field = access<&A::limiter_entries>(),
            .min = 1'000,
            .max = 100'000'000,
            .help =
                "Addresses and subjects that the limits keep in mind, and as many topics, about "
                "150 bytes each; those not seen for longest are forgotten first."},
    Setting{.name = "memory_budget",
            .group = kLimits,
            .kind = kBytes,
            .field = access<&A::memory_budget>(),
            .reloadable = true,
            .help = "Resident memory beyond which the server sheds load: first new streams are "
                    "refused as `overload` says, from 5 % over it publishes with 503, from 10 % "
                    "over it readers that are behind are disconnected. 0 is without a budget."},
};

}  // namespace

std::span<const Setting> limit_rows() { return kRows; }

}  // namespace weir::base
