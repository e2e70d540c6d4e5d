#include "node/config_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/nearest.hpp"

namespace weir::node {
namespace {

using base::Error;
using base::ErrorCode;
using base::make_error;
using base::Result;
using base::Setting;

std::string place_of(const std::string& path, const toml::source_region& source) {
  return fmt::format("{}:{}", path, source.begin.line);
}

/// A scalar as the text that its setting would be given on the command line.
Result<std::string> scalar_text(const toml::node& node, std::string_view key,
                                const std::string& place) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* boolean = node.as_boolean())
    return std::string(boolean->get() ? "true" : "false");
  return wrong_at(place, fmt::format("{}: must be text, a whole number or true or false", key));
}

Result<std::vector<std::string>> texts_of(const toml::node& node, std::string_view key,
                                          const std::string& place) {
  std::vector<std::string> texts;
  const toml::array* const array = node.as_array();
  if (array == nullptr) {
    auto text = scalar_text(node, key, place);
    if (!text) return text.error();
    texts.push_back(std::move(*text));
    return texts;
  }
  for (const toml::node& element : *array) {
    if (!element.is_string()) {
      return wrong_at(place, fmt::format("{}: must be an array of texts", key));
    }
    texts.push_back(element.as_string()->get());
  }
  return texts;
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Result<ConfigFile> read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string place = place_of(path_, key.source());
      if (key.str() == "namespace") {
        const auto added = add_namespaces(node, place);
        if (!added) return added.error();
        continue;
      }
      if (key.str() == "webhook") {
        const auto added = add_webhooks(node, place);
        if (!added) return added.error();
        continue;
      }
      auto given = read_setting(key.str(), node, place);
      if (!given) return given.error();
      file_.values.push_back(std::move(*given));
    }
    return std::move(file_);
  }

 private:
  Result<Given> read_setting(std::string_view key, const toml::node& node,
                             const std::string& place) const {
    const Setting* setting = base::find_setting(key);
    if (setting == nullptr) {
      std::vector<std::string> names{"namespace", "webhook"};
      for (const Setting& each : base::settings_table()) names.emplace_back(each.name);
      return wrong_at(
          place, fmt::format("there is no setting \"{}\"{}", key, base::did_you_mean(key, names)));
    }
    if (key == "config") {
      return wrong_at(place, "config: a configuration file cannot name another one");
    }
    return read_values(*setting, node, place);
  }

  static Result<Given> read_values(const Setting& setting, const toml::node& node,
                                   const std::string& place) {
    auto texts = texts_of(node, setting.name, place);
    if (!texts) return texts.error();
    return Given{&setting, std::move(*texts), place};
  }

  Result<> add_namespaces(const toml::node& node, const std::string& place) {
    const toml::array* const tables = node.as_array();
    if (tables == nullptr) {
      return wrong_at(place, "namespace: write [[namespace]], a table for each of them");
    }
    for (const toml::node& each : *tables) {
      const std::string here = place_of(path_, each.source());
      if (!each.is_table()) {
        return wrong_at(here, "namespace: write [[namespace]], a table for each of them");
      }
      auto space = read_namespace(*each.as_table(), here);
      if (!space) return space.error();
      file_.namespaces.push_back(std::move(*space));
    }
    return {};
  }

  Result<NamespaceTable> read_namespace(const toml::table& table, const std::string& place) const {
    NamespaceTable space;
    space.place = place;
    for (const auto& [key, node] : table) {
      const std::string here = place_of(path_, key.source());
      const Setting* const setting = base::find_setting(key.str());
      if (key.str() == "name") {
        auto name = scalar_text(node, "name", here);
        if (!name) return name.error();
        space.name = std::move(*name);
      } else if (key.str() == "topics") {
        auto topics = texts_of(node, "topics", here);
        if (!topics) return topics.error();
        space.topics = std::move(*topics);
      } else if (setting != nullptr && setting->namespaced) {
        auto given = read_values(*setting, node, here);
        if (!given) return given.error();
        space.values.push_back(std::move(*given));
      } else {
        return unknown_in_namespace(key.str(), here);
      }
    }
    return space;
  }

  static Error unknown_in_namespace(std::string_view key, const std::string& place) {
    std::vector<std::string> names{"name", "topics"};
    for (const Setting& each : base::settings_table()) {
      if (each.namespaced) names.emplace_back(each.name);
    }
    return wrong_at(place, fmt::format("a namespace has no setting \"{}\"{}", key,
                                       base::did_you_mean(key, names)));
  }

  Result<> add_webhooks(const toml::node& node, const std::string& place) {
    const toml::array* const tables = node.as_array();
    const auto no_tables = [&] {
      return wrong_at(place, "webhook: write [[webhook]], a table for each of them");
    };
    if (tables == nullptr) return no_tables();
    for (const toml::node& each : *tables) {
      if (!each.is_table()) return no_tables();
      auto hook = read_webhook(*each.as_table(), place_of(path_, each.source()), path_);
      if (!hook) return hook.error();
      file_.webhooks.push_back(std::move(*hook));
    }
    return {};
  }

  static Result<WebhookTable> read_webhook(const toml::table& table, const std::string& place,
                                           const std::string& path) {
    WebhookTable hook;
    hook.place = place;
    for (const auto& [key, node] : table) {
      const std::string here = place_of(path, key.source());
      const base::WebhookKey* const known = base::find_webhook_key(key.str());
      if (known == nullptr) {
        std::vector<std::string> names;
        for (const base::WebhookKey& each : base::webhook_keys()) names.emplace_back(each.name);
        return wrong_at(here, fmt::format("a webhook has no setting \"{}\"{}", key.str(),
                                          base::did_you_mean(key.str(), names)));
      }
      if (node.is_array() && !known->list) {
        return wrong_at(here, fmt::format("{}: takes one value", key.str()));
      }
      auto texts = texts_of(node, key.str(), here);
      if (!texts) return texts.error();
      if (auto set = known->set(hook.webhook, *texts); !set) {
        return wrong_at(here, fmt::format("{}: {}", key.str(), set.error().detail));
      }
    }
    return hook;
  }

  const std::string& path_;
  ConfigFile file_;
};

}  // namespace

Error wrong_at(const std::string& place, std::string_view what) {
  return make_error(ErrorCode::kBadConfiguration, fmt::format("{}: {}", place, what));
}

base::Result<ConfigFile> parse_config_file(std::string_view text, const std::string& path) {
  try {
    const toml::table root = toml::parse(text, path);
    return Reader(path).read(root);
  } catch (const toml::parse_error& error) {
    return wrong_at(place_of(path, error.source()), error.description());
  }
}

base::Result<ConfigFile> read_config_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> piece;
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  // Also true of a directory, which opens but cannot be read.
  if (!file.eof()) return wrong_at(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  return parse_config_file(text, path);
}

}  // namespace weir::node
