#include "node/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace weir::node {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-config-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ / "weir.toml";
  }
  ~ConfigTest() override { std::filesystem::remove_all(directory_); }

  void write(std::string_view text) { std::ofstream(path_) << text; }

  static Given flag(std::string_view name, std::string_view text) {
    const base::Setting* setting = base::find_setting(name);
    return {setting, base::split_text(*setting, text), base::flag_name(*setting)};
  }

  /// The detail of the refusal, with the file's folder cut off.
  std::string refusal(std::vector<Given> flags, Environment environment = {}) {
    flags.push_back(flag("config", path_.string()));
    const auto config = load_config(flags, environment);
    if (config) return "accepted";
    std::string detail = config.error().detail;
    const std::string folder = directory_.string() + "/";
    if (const auto begin = detail.find(folder); begin != std::string::npos) {
      detail.erase(begin, folder.size());
    }
    return detail;
  }

  std::filesystem::path directory_;
  std::filesystem::path path_;
};

TEST_F(ConfigTest, NothingGivenIsTheDefaults) {
  const auto config = load_config({}, {});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->keepalive, base::Settings().keepalive);
  EXPECT_TRUE(config->places.empty());
}

TEST_F(ConfigTest, FlagsBeatTheEnvironmentWhichBeatsTheFileWhichBeatsDefaults) {
  write("keepalive = \"1s\"\nretry = \"2s\"\nheader_timeout = \"3s\"\n");
  const auto config = load_config({flag("config", path_.string()), flag("keepalive", "10s")},
                                  {{"WEIR_KEEPALIVE", "20s"}, {"WEIR_RETRY", "21s"}});
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->keepalive, milliseconds(10'000));
  EXPECT_EQ(config->retry, milliseconds(21'000));
  EXPECT_EQ(config->header_timeout, milliseconds(3'000));
  EXPECT_EQ(config->body_timeout, base::Settings().body_timeout);
  EXPECT_EQ(config->places.find("keepalive")->second, "--keepalive");
  EXPECT_EQ(config->places.find("retry")->second, "WEIR_RETRY");
  EXPECT_EQ(config->places.find("header_timeout")->second, path_.string() + ":3");
  EXPECT_FALSE(config->places.contains("body_timeout"));
}

TEST_F(ConfigTest, TheEnvironmentCanNameTheFileAndAFlagAnother) {
  write("shards = 2\n");
  const auto named = load_config({}, {{"WEIR_CONFIG", path_.string()}});
  ASSERT_TRUE(named);
  EXPECT_EQ(named->shards, 2u);
  EXPECT_TRUE(load_config({flag("config", path_.string())}, {{"WEIR_CONFIG", "/nowhere.toml"}}));
}

TEST_F(ConfigTest, ReadsEveryKindOfValue) {
  write(R"(
listen = ["127.0.0.1:1", "[::1]:2"]
data_dir = "/var/lib/weir"
shards = 3
event_bytes_max = 1024
wal_bytes = "8MiB"
demo = true
overload = "defer"
)");
  const auto config = check_config_file(path_.string());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_THAT(config->listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
  EXPECT_EQ(config->data_dir, "/var/lib/weir");
  EXPECT_EQ(config->shards, 3u);
  EXPECT_EQ(config->event_bytes_max, 1024u);
  EXPECT_EQ(config->wal_bytes, 8u << 20);
  EXPECT_TRUE(config->demo);
  EXPECT_EQ(config->overload, base::Overload::kDefer);
}

TEST_F(ConfigTest, ErrorsNameFileAndLine) {
  write("shards = 1\nkeepalive = 15\n");
  EXPECT_EQ(
      refusal({}),
      "weir.toml:2: keepalive: \"15\" needs one of the units ms, s, m, h, d (allowed: 50ms to 1h)");
  write("\n\nkeep_alive = \"15s\"\n");
  EXPECT_EQ(refusal({}),
            "weir.toml:3: there is no setting \"keep_alive\"; did you mean \"keepalive\"?");
  write("shards = 1.5\n");
  EXPECT_EQ(refusal({}), "weir.toml:1: shards: must be text, a whole number or true or false");
  write("listen = [1]\n");
  EXPECT_EQ(refusal({}), "weir.toml:1: listen: must be an array of texts");
  write("keepalive = [\"1s\", \"2s\"]\n");
  EXPECT_THAT(refusal({}), HasSubstr("weir.toml:1: keepalive: takes one value"));
  write("shards = 1\nshards = \n");
  EXPECT_THAT(refusal({}), testing::StartsWith("weir.toml:2: "));
  write("config = \"other.toml\"\n");
  EXPECT_THAT(refusal({}), HasSubstr("cannot name another one"));
}

TEST_F(ConfigTest, AFileThatCannotBeReadSaysWhy) {
  EXPECT_EQ(refusal({}), "weir.toml: cannot be read: No such file or directory");
  std::filesystem::create_directory(path_);
  EXPECT_EQ(refusal({}), "weir.toml: cannot be read: Is a directory");
}

TEST_F(ConfigTest, FlagsAndVariablesAreNamedInTheirErrors) {
  write("");
  EXPECT_THAT(refusal({flag("shards", "many")}), testing::StartsWith("--shards: \"many\" is not"));
  EXPECT_THAT(refusal({}, {{"WEIR_SHARDS", "many"}}),
              testing::StartsWith("WEIR_SHARDS: \"many\" is not"));
}

TEST_F(ConfigTest, AVariableThatIsNoSettingDoesNotStopTheServer) {
  const auto config = load_config({}, {{"WEIR_KEEPALIV", "1s"}, {"WEIR_SHARDS", "3"}});
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->shards, 3U);
}

TEST_F(ConfigTest, AnEmptyVariableAndTheClientsVariableMeanNothing) {
  const auto config =
      load_config({}, {{"WEIR_KEEPALIVE", ""}, {"WEIR_URL", "http://127.0.0.1:3000"}});
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_TRUE(config->places.empty());
}

TEST_F(ConfigTest, AContradictionNamesThePlaceOfWhatIsWrong) {
  write("cors_origin = [\"*\"]\ncors_credentials = true\n");
  EXPECT_THAT(refusal({}),
              testing::StartsWith("weir.toml:1: cors_origin: \"*\" cannot be combined"));
}

TEST_F(ConfigTest, AListsElementOfAFileIsNotCutAtCommas) {
  write("cors_origin = [\"https://a.example,https://b.example\"]\n");
  EXPECT_THAT(refusal({}), HasSubstr("\"https://a.example,https://b.example\" must end"));
}

TEST_F(ConfigTest, LargerEventsGetBodiesThatHoldThem) {
  const auto grown = load_config({flag("event_bytes_max", "32MiB")}, {});
  ASSERT_TRUE(grown) << grown.error().detail;
  EXPECT_EQ(grown->body_bytes_max, 128u << 20);
  EXPECT_FALSE(
      load_config({flag("event_bytes_max", "32MiB"), flag("body_bytes_max", "16MiB")}, {}));
}

TEST_F(ConfigTest, ANamespaceOverridesWhatItNamesAndInheritsTheRest) {
  write(R"(
retention_age = "7d"

[[namespace]]
name = "ticks"
topics = ["ticks/**", "clock"]
retention_events = 1000
slow_consumer = "conflate"

[[namespace]]
name = "audit"
topics = ["audit/*"]
retention_age = "0"
)");
  const auto config =
      load_config({flag("config", path_.string()), flag("durability", "buffered")}, {});
  ASSERT_TRUE(config) << config.error().detail;
  const auto& spaces = config->namespaces;
  ASSERT_EQ(spaces.size(), 2u);
  EXPECT_EQ(spaces[0].name, "ticks");
  EXPECT_THAT(spaces[0].topics, ElementsAre("ticks/**", "clock"));
  EXPECT_EQ(spaces[0].retention.age, std::chrono::hours(7 * 24));
  EXPECT_EQ(spaces[0].retention.events, 1000u);
  EXPECT_EQ(spaces[0].slow_consumer, base::SlowConsumer::kConflate);
  EXPECT_EQ(spaces[0].durability, base::Durability::kBuffered) << "a flag is server-wide";
  EXPECT_EQ(spaces[1].retention.age, milliseconds(0));
}

TEST_F(ConfigTest, ANamespacesMistakesAreNamed) {
  write("[[namespace]]\nname = \"a\"\ntopics = [\"a/**\"]\nretention_aeg = \"1d\"\n");
  EXPECT_EQ(
      refusal({}),
      "weir.toml:4: a namespace has no setting \"retention_aeg\"; did you mean \"retention_age\"?");
  write("[[namespace]]\nname = \"a\"\ntopics = [\"a/**\"]\nkeepalive = \"1s\"\n");
  EXPECT_EQ(refusal({}), "weir.toml:4: a namespace has no setting \"keepalive\"");
  write("[[namespace]]\nname = \"a\"\n");
  EXPECT_EQ(refusal({}), "namespace \"a\": topics are needed");
  write("[namespace]\nname = \"a\"\n");
  EXPECT_THAT(refusal({}), testing::StartsWith("weir.toml:1: namespace: write [[namespace]]"));
  write("[[namespace]]\nname = \"a\"\ntopics = [\"a/**/b\"]\n");
  EXPECT_THAT(refusal({}), testing::StartsWith("weir.toml:1: topics: \"a/**/b\" is not a topic"));
}

}  // namespace
}  // namespace weir::node
