#include "apps/workflow/effects/shell_policy.hpp"

#include <gtest/gtest.h>

namespace weir::apps::workflow {
namespace {

bool allowed(const std::string& mode, std::vector<std::string> listen) {
  base::Settings settings;
  settings.effects.shell = mode;
  settings.listen = std::move(listen);
  const auto checked = check_shell_allowed(settings);
  if (checked) return true;
  EXPECT_EQ(checked.error().code, base::ErrorCode::kForbidden);
  return false;
}

TEST(ShellPolicy, AutomaticallyAllowsCommandsOnlyWhereNobodyElseReachesTheServer) {
  EXPECT_TRUE(allowed("auto", {"127.0.0.1:3000", "[::1]:3000", "unix:/run/weir.sock"}));
  EXPECT_FALSE(allowed("auto", {":3000"}));
  EXPECT_FALSE(allowed("auto", {"127.0.0.1:3000", "192.0.2.1:3000"}));
  EXPECT_FALSE(allowed("auto", {"192.0.2.1:443?tls&role=admin"}));
}

TEST(ShellPolicy, FollowsTheSettingWhereItSaysSo) {
  EXPECT_TRUE(allowed("on", {":3000"}));
  EXPECT_FALSE(allowed("off", {"127.0.0.1:3000"}));
}

}  // namespace
}  // namespace weir::apps::workflow
