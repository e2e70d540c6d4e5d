#include "base/settings_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/settings_check.hpp"

namespace weir::base {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(std::string_view name, std::string_view text) {
  Settings settings;
  const auto result = set(settings, name, text);
  return result ? "accepted" : result.error().detail;
}

TEST(SettingsTable, HasEveryNameOnceWithHelpAndADefaultThatItAccepts) {
  std::set<std::string_view> names;
  for (const Setting& setting : settings_table()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_THAT(setting.help, testing::EndsWith(".")) << setting.name;
    Settings settings;
    const std::string text = to_text(settings, setting);
    const auto result = set(settings, setting, text);
    EXPECT_TRUE(result.has_value()) << setting.name << " = " << text;
    EXPECT_EQ(to_text(settings, setting), text) << setting.name;
  }
}

TEST(SettingsTable, NeverFailsToTurnAnythingItAcceptsBackIntoText) {
  const std::vector<std::pair<const char*, const char*>> given = {
      {"keepalive", "1m"},
      {"event_bytes_max", "1KiB"},
      {"shards", "7"},
      {"demo", "true"},
      {"durability", "buffered"},
      {"slow_consumer", "conflate"},
      {"retention_age", "7d"},
      {"retention_bytes", "512MiB"},
      {"log_level", "warning"},
      {"listen", ":80,[::1]:81"},
      {"cors_origin", "https://a.example"},
      {"overload", "defer"},
  };
  for (const auto& [name, text] : given) {
    Settings settings;
    ASSERT_TRUE(set(settings, name, text).has_value()) << name;
    EXPECT_EQ(to_text(settings, *find_setting(name)), text);
  }
}

TEST(SettingsTable, WritesWhereTheFieldIs) {
  Settings settings;
  ASSERT_TRUE(set(settings, "retention_age", "24h"));
  ASSERT_TRUE(set(settings, "slow_consumer", "drop-to-latest"));
  ASSERT_TRUE(set(settings, "listen", "127.0.0.1:1, 127.0.0.1:2"));
  EXPECT_EQ(settings.retention.age, std::chrono::hours(24));
  EXPECT_EQ(settings.slow_consumer, SlowConsumer::kDropToLatest);
  EXPECT_THAT(settings.listen, ElementsAre("127.0.0.1:1", "127.0.0.1:2"));
}

TEST(SettingsTable, NamesFollowFromOneName) {
  const Setting& setting = *find_setting("event_bytes_max");
  EXPECT_EQ(flag_name(setting), "--event-bytes-max");
  EXPECT_EQ(environment_name(setting), "WEIR_EVENT_BYTES_MAX");
}

TEST(SettingsText, SaysWhichSettingWhatWasGivenAndWhatIsAllowed) {
  EXPECT_EQ(refusal("keepalive", "15"),
            "keepalive: \"15\" needs one of the units ms, s, m, h, d (allowed: 50ms to 1h)");
  EXPECT_EQ(refusal("keepalive", "2h"), "keepalive: \"2h\" is out of bounds (allowed: 50ms to 1h)");
  EXPECT_EQ(refusal("durability", "disk"),
            "durability: \"disk\" is not known (allowed: fsync, buffered, memory)");
  EXPECT_EQ(refusal("shards", "-1"), "shards: \"-1\" is not a whole number (allowed: 0 to 1024)");
  EXPECT_EQ(refusal("demo", "maybe"),
            "demo: \"maybe\" is neither true nor false (allowed: true, false)");
  EXPECT_THAT(refusal("event_bytes_max", "4 MiB"), HasSubstr("event_bytes_max: \"4 MiB\""));
}

TEST(SettingsText, NamesTheNearestSettingForAnUnknownOne) {
  EXPECT_EQ(refusal("keep_alive", "1s"),
            "there is no setting \"keep_alive\"; did you mean \"keepalive\"?");
}

TEST(SettingsText, LeavesSettingsAsTheyWereWhenAValueIsRefused) {
  Settings settings;
  EXPECT_FALSE(set(settings, "cors_origin", "https://a.example,https://b.example/"));
  EXPECT_TRUE(settings.cors_origin.empty());
}

TEST(SettingsText, KeepsCommasOfElementsThatAreGivenOneByOne) {
  Settings settings;
  const auto result =
      set_each(settings, *find_setting("cors_origin"), {"https://a.example,https://b.example"});
  EXPECT_FALSE(result) << "a comma is part of this element, which is no origin";
  EXPECT_FALSE(set_each(settings, *find_setting("keepalive"), {"1s", "2s"}));
}

TEST(SettingsCheck, TakesOriginsExactlyAsBrowsersSendThem) {
  for (const char* good : {"https://app.example", "http://localhost:5173", "https://[::1]:8443",
                           "http://127.0.0.1", "chrome-extension://abcdef", "*"}) {
    EXPECT_EQ(check_origin(good), "") << good;
  }
  for (const char* bad :
       {"https://app.example/", "https://app.example/path", "app.example", "https://", "null",
        "https://App.example", "HTTPS://app.example", "https://app.example:443",
        "http://app.example:80", "https://u@app.example", "https://app.example:x",
        "https://app.example:0", "https://app.example:65536", "https://*.example", "://x",
        "https://app.example?x", "https://a b"}) {
    EXPECT_NE(check_origin(bad), "") << bad;
  }
}

TEST(SettingsCheck, TakesListenAddressesWithAPort) {
  for (const char* good : {"127.0.0.1:3000", "[::1]:0", ":80", "localhost:65535"}) {
    EXPECT_EQ(check_listen(good), "") << good;
  }
  for (const char* bad :
       {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:3000", "3000", "127.0.0.1:http", ""}) {
    EXPECT_NE(check_listen(bad), "") << bad;
  }
}

TEST(SettingsTogether, RefusesEveryOriginWithCredentials) {
  Settings settings;
  settings.cors_origin = {"*"};
  EXPECT_TRUE(check_together(settings));
  settings.cors_credentials = true;
  const auto result = check_together(settings);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().detail, HasSubstr("cors_credentials"));
}

TEST(SettingsTogether, RefusesABodyThatCannotHoldAnEvent) {
  Settings settings;
  settings.body_bytes_max = settings.event_bytes_max - 1;
  EXPECT_FALSE(check_together(settings));
}

TEST(SettingsTogether, RefusesNamespacesThatCannotBeToldApartOrMatchNothing) {
  Settings settings;
  settings.namespaces = {{.name = "a", .topics = {"a/**"}, .retention = {}},
                         {.name = "b", .topics = {"b/**"}, .retention = {}}};
  EXPECT_TRUE(check_together(settings));
  settings.namespaces[1].name = "a";
  EXPECT_FALSE(check_together(settings));
  settings.namespaces[1] = {.name = "b", .topics = {}, .retention = {}};
  EXPECT_FALSE(check_together(settings));
}

TEST(SettingsReload, TakesWhatMayChangeAndNamesWhatMayNot) {
  Settings running;
  Settings fresh;
  fresh.keepalive = milliseconds(1'000);
  fresh.retention.events = 10;
  fresh.shards = 3;
  EXPECT_THAT(apply_reload(running, fresh), ElementsAre("shards"));
  EXPECT_EQ(running.keepalive, milliseconds(1'000));
  EXPECT_EQ(running.retention.events, 10u);
  EXPECT_EQ(running.shards, 0u);
}

TEST(SettingsReload, MovesWhereAValueIsFromWithTheValue) {
  Settings running;
  running.keepalive = std::chrono::seconds(7);
  running.shards = 1;
  running.places = {{"keepalive", "--keepalive"}, {"shards", "weir.toml:1"}, {"retry", "x:2"}};
  Settings fresh;
  fresh.keepalive = std::chrono::seconds(7);
  fresh.shards = 2;
  fresh.places = {{"keepalive", "weir.toml:3"}, {"shards", "WEIR_SHARDS"}};
  apply_reload(running, fresh);
  EXPECT_EQ(source_of(running, *find_setting("keepalive")), "file");
  EXPECT_EQ(source_of(running, *find_setting("shards")), "file") << "it waits for a restart";
  EXPECT_EQ(source_of(running, *find_setting("retry")), "default");
}

TEST(SettingsReload, ChangesANamespacesRetentionButNotItsTopics) {
  Settings running;
  running.namespaces = {{.name = "a", .topics = {"a/**"}, .retention = {}}};
  Settings fresh = running;
  fresh.namespaces[0].retention.events = 5;
  EXPECT_TRUE(apply_reload(running, fresh).empty());
  EXPECT_EQ(running.namespaces[0].retention.events, 5u);
  fresh.namespaces[0].topics = {"b/**"};
  EXPECT_THAT(apply_reload(running, fresh), ElementsAre("namespace"));
  EXPECT_THAT(running.namespaces[0].topics, ElementsAre("a/**"));
}

}  // namespace
}  // namespace weir::base
