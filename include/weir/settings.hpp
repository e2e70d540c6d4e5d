#pragma once

// The settings of a hub: the same ones, by the same names, as those of `weir serve` in its
// configuration file (docs/configuration.md), with values as they are written there.
//
//   auto settings = weir::Settings()
//                       .set("listen", "127.0.0.1:3000")
//                       .set("data_dir", "/var/lib/shop")
//                       .set("retention_age", "7d")
//                       .set("cors_origin", "https://shop.example");
//
// Mistakes are told by Hub::create, with the name of the setting: an unknown one with the nearest
// that there is, a value that is none with what is allowed.
//
// What a configuration file can hold and a name cannot, namespaces and webhooks, is given as such a
// file's text, or as a file:
//
//   settings.toml(R"(
//     [[namespace]]
//     name = "ticks"
//     topics = ["ticks/**"]
//     durability = "memory"
//   )");
//   settings.set("config", "/etc/shop/weir.toml");
//
// `set` beats `toml`, which beats the environment, where that is asked for. What differs from a
// server's defaults: `log_level` is `warning`, and where the program drives the loop itself
// (Hub::open), `shards` is 1.

#include <string>
#include <utility>
#include <vector>

namespace weir {

/// Values by name, not looked at yet. A value type; one thread at a time.
class Settings {
 public:
  /// Gives a setting its value, in place of an earlier one. A list's elements stand between commas.
  Settings& set(std::string name, std::string value) & {
    values_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Settings&& set(std::string name, std::string value) && {
    return std::move(set(std::move(name), std::move(value)));
  }

  /// Takes the text of a configuration file (TOML 1.0), in place of an earlier one.
  Settings& toml(std::string text) & {
    toml_ = std::move(text);
    return *this;
  }
  Settings&& toml(std::string text) && { return std::move(toml(std::move(text))); }

  /// Also takes the process's variables WEIR_…, as `weir serve` does.
  Settings& use_environment() & {
    environment_ = true;
    return *this;
  }
  Settings&& use_environment() && { return std::move(use_environment()); }

  const std::vector<std::pair<std::string, std::string>>& values() const { return values_; }
  const std::string& toml_text() const { return toml_; }
  bool uses_environment() const { return environment_; }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  std::string toml_;
  bool environment_ = false;
};

}  // namespace weir
