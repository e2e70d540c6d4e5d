#include "node/exposure.hpp"

#include <fmt/format.h>

#include "access/authority.hpp"
#include "base/ip_address.hpp"

namespace weir::node {

base::Result<> check_exposure(const base::Settings& settings) {
  const auto& given = settings.access;
  const bool keys = access::has_keys(settings);
  const auto refuse = [](std::string detail) {
    return base::make_error(base::ErrorCode::kBadConfiguration, std::move(detail));
  };
  if (given.mode == "open" && keys) {
    return refuse(
        "access: \"open\" contradicts jwt_key, jwks, api_keys and operators: leave one out");
  }
  if (given.mode == "keys" && !keys) {
    return refuse(
        "access: \"keys\" needs jwt_key, jwks, api_keys or operators ('weir token key' makes a "
        "key)");
  }
  if (!access::is_open(settings) || given.insecure) return {};
  for (const auto& address : settings.listen) {
    if (base::is_loopback_listen(address)) continue;
    return refuse(fmt::format(
        "listen: \"{}\" is reached from beyond this machine, and everybody could read "
        "and publish everything: give api_keys or jwt_key ('weir token --help'), listen "
        "on 127.0.0.1, or say --insecure",
        address));
  }
  return {};
}

base::Result<> check_reload(const base::Settings& running, const base::Settings& next) {
  if (!access::is_open(running) && access::is_open(next)) {
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            "access: without jwt_key, jwks, api_keys and operators everybody could "
                            "do everything; that needs a restart");
  }
  return check_exposure(next);
}

}  // namespace weir::node
