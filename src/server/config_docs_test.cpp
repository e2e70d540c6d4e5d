#include "server/config_docs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "node/config_file.hpp"

namespace weir::server {
namespace {

using testing::HasSubstr;

std::string committed(const std::string& name) {
  const std::filesystem::path data(WEIR_TEST_VECTORS);  // tests/data
  std::ifstream file(data.parent_path().parent_path() / "docs" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

base::Settings example() {
  base::Settings config;
  config.listen = {"127.0.0.1:1", "[::1]:2"};
  config.data_dir = "C:\\we\"ir";
  config.namespaces = {{.name = "ticks", .topics = {"ticks/**"}, .retention = {}}};
  config.places = {{"listen", "--listen"}, {"data_dir", "WEIR_DATA_DIR"}};
  return config;
}

TEST(ConfigDocs, TheCommittedConfigurationPageIsWhatTheDeclarationsSay) {
  EXPECT_TRUE(committed("configuration.md") == configuration_markdown())
      << "run: weir config docs > docs/configuration.md";
}

TEST(ConfigDocs, TheCommittedErrorsPageIsWhatTheTableSays) {
  EXPECT_TRUE(committed("errors.md") == errors_markdown())
      << "run: weir docs errors > docs/errors.md";
}

TEST(ConfigShow, TomlSaysValuesAndPlacesAndCanBeReadBack) {
  const std::string toml = config_as_toml(example());
  EXPECT_THAT(toml, HasSubstr("listen = [\"127.0.0.1:1\",\"[::1]:2\"]           # --listen\n"));
  EXPECT_THAT(toml, HasSubstr("# WEIR_DATA_DIR\n"));
  EXPECT_THAT(toml, HasSubstr("keepalive = \"15s\"                            # default\n"));

  const auto file = node::parse_config_file(toml, "shown.toml");
  ASSERT_TRUE(file) << file.error().detail;
  EXPECT_EQ(file->namespaces.size(), 1u);
  base::Settings settings;
  for (const node::Given& given : file->values) {
    ASSERT_TRUE(base::set_each(settings, *given.setting, given.texts)) << given.setting->name;
  }
  EXPECT_EQ(settings.data_dir, "C:\\we\"ir");
}

TEST(ConfigShow, WhatMayHoldASecretIsSaidToBeGivenAndNotShown) {
  auto config = example();
  config.otlp_endpoint = "https://collector.example/s3cret";
  const std::string toml = config_as_toml(config);
  EXPECT_THAT(toml, testing::Not(HasSubstr("s3cret")));
  EXPECT_THAT(toml, HasSubstr("\n# otlp_endpoint = …  is given"));
  EXPECT_THAT(config_as_json(config), testing::Not(HasSubstr("s3cret")));
}

TEST(ConfigShow, JsonSaysTheSame) {
  const auto json = boost::json::parse(config_as_json(example())).as_object();
  const auto& settings = json.at("settings").as_object();
  EXPECT_EQ(settings.size(), base::settings_table().size());
  EXPECT_EQ(settings.at("data_dir").at("value").as_string(), "C:\\we\"ir");
  EXPECT_EQ(settings.at("data_dir").at("from").as_string(), "WEIR_DATA_DIR");
  EXPECT_EQ(settings.at("shards").at("value").as_int64(), 0);
  EXPECT_EQ(settings.at("keepalive").at("from").as_string(), "default");
  EXPECT_EQ(json.at("namespaces").at(0).at("slow_consumer").as_string(), "catch-up");
}

}  // namespace
}  // namespace weir::server
