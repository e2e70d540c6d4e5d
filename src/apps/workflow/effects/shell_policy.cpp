#include "apps/workflow/effects/shell_policy.hpp"

#include <fmt/format.h>

#include "base/ip_address.hpp"

namespace weir::apps::workflow {

base::Result<> check_shell_allowed(const base::Settings& settings) {
  const auto refuse = [](std::string detail) {
    return base::make_error(base::ErrorCode::kForbidden, std::move(detail));
  };
  const auto& mode = settings.effects.shell;
  if (mode == "on") return {};
  if (mode == "off") return refuse("shell nodes are turned off (workflow_shell)");
  for (const auto& address : settings.listen) {
    if (base::is_loopback_listen(address)) continue;
    return refuse(
        fmt::format("shell nodes run only where workflow_shell is \"on\", because \"{}\" is "
                    "reached from beyond this machine",
                    address));
  }
  return {};
}

}  // namespace weir::apps::workflow
