#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "apps/notifications/deliveries.hpp"
#include "apps/webhooks/attempt.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "client/interrupt.hpp"

namespace weir::apps::notifications {

/// One way to reach somebody who does not look. Immutable; any thread.
class Channel {
 public:
  virtual ~Channel() = default;
  /// One attempt. Blocks, at most for the configured timeout or until the interrupt. kRefused: it
  /// is of no use to try again. kGone: and the address is of none either.
  virtual Outcome send(const Delivery& delivery, const client::Interrupt& interrupt) const = 0;
};

/// What users read of an attempt that did not get as far as the operator's server: where that is,
/// is the operator's alone to know, in the log.
Outcome unreachable(std::string_view channel, const base::Error& error,
                    const client::Interrupt& interrupt);

/// By name (kChannels); those that the settings set up.
using Channels = std::map<std::string, std::unique_ptr<const Channel>, std::less<>>;

/// Reads the files that the settings name; makes the key of Web Push in `data_dir` at first use.
/// kBadConfiguration, never with a secret. `clock` outlives the channels. `push_key` becomes what
/// browsers must be told for Web Push, or "".
base::Result<Channels> make_channels(const base::Settings& settings, const base::Clock& clock,
                                     std::string& push_key);

}  // namespace weir::apps::notifications
