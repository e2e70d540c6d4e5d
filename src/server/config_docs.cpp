#include "server/config_docs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "api/operations/settings.hpp"
#include "base/error.hpp"
#include "base/settings_table.hpp"
#include "proto/json.hpp"

namespace weir::server {
namespace {

using base::Setting;
using base::SettingKind;
using base::Settings;

constexpr std::string_view kIntroduction = R"(# Configuration

<!-- Made by `weir config docs`. To change it, change its row in src/base/settings_*.cpp and run
     weir config docs > docs/configuration.md -->

Every setting has one name. `keepalive` in a TOML file is `WEIR_KEEPALIVE` in the environment and `--keepalive` on the
command line; `data_dir` is `WEIR_DATA_DIR` and `--data-dir`. Where one is given several times, flags beat the environment,
which beats the file, which beats the default. A variable that is set to nothing counts as not set. An unknown name in
the file or on the command line is an error that names the nearest known one (a `WEIR_` variable that is no setting is only warned of: it may
be another program's); so is a value out of bounds. The server then says so in one line and exits with 2.

A subscription has the `slow_consumer` of its first topic's namespace; one of patterns only, that of the first namespace one of whose
patterns holds all that its first pattern can match.

```toml
# weir.toml: weir serve --config weir.toml
listen = ["127.0.0.1:3000"]
data_dir = "/var/lib/weir"
cors_origin = ["https://app.example"]
retention_age = "7d"

[[namespace]]
name = "ticks"
topics = ["ticks/**"]
retention_events = 1000
slow_consumer = "conflate"
```

- `weir config show` prints the effective values and where each is from (`--json` for programs); it takes the flags of `weir serve`.
- `weir config check FILE` says whether a file is good.
- Durations are `250ms`, `15s`, `10m`, `24h`, `7d`. Sizes are `512`, `64KiB`, `4MiB`, `8GiB`, or `KB`, `MB`, `GB` for powers of 1000.
- A list is an array in TOML, a repeated flag, or text with commas in a variable.
- After SIGHUP the file is read again. Settings marked "reload" are taken at once; a change of another is logged and waits for a
  restart. A file with a mistake changes nothing.
)";

constexpr std::string_view kNamespaces = R"(
## Namespaces

A `[[namespace]]` table gives a group of topics rules of its own. Only the file has them. The first namespace with a pattern that matches an
event's first topic has it; topics that no namespace names follow the server-wide settings, and so does what a namespace leaves out.

| key | what |
|---|---|
| `name` | its name, once |
| `topics` | patterns as in a subscription: `orders/*` (one segment), `orders/**` (the rest), `orders/{id}` |
)";

constexpr std::string_view kWebhooks = R"(
## Webhooks

A `[[webhook]]` table posts the events of some topics to a URL ([webhooks](webhooks.md)). Only the file has them; after SIGHUP
they are as the file then says.

| key | default | what |
|---|---|---|
)";

std::string default_cell(const Setting& setting) {
  const std::string text = base::to_text(Settings(), setting);
  return text.empty() ? "none" : fmt::format("`{}`", text);
}

std::string allowed_cell(const Setting& setting) {
  if (setting.kind == SettingKind::kChoice) {
    return fmt::format("`{}`", fmt::join(setting.choices, "`, `"));
  }
  if (setting.kind == SettingKind::kBoolean) return "`true`, `false`";
  const std::string bounds = base::allowed_values(setting);
  const std::string_view kind = api::kind_name(setting.kind);
  return bounds.empty() ? std::string(kind) : fmt::format("{}, {}", kind, bounds);
}

std::string toml_string(std::string_view text) {
  // A TOML basic string escapes as JSON does (TOML 1.0, "String").
  return proto::json_string(text);
}

std::string_view place_of(const Settings& settings, const Setting& setting) {
  const auto place = settings.places.find(setting.name);
  return place == settings.places.end() ? std::string_view("default") : place->second;
}

}  // namespace

std::string configuration_markdown() {
  std::string out(kIntroduction);
  std::string_view group;
  for (const Setting& setting : base::settings_table()) {
    if (setting.group != group) {
      group = setting.group;
      out += fmt::format(
          "\n## {}\n\n| setting | default | allowed | change | what |\n|---|---|---|---|---|\n",
          group);
    }
    out +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", setting.name, default_cell(setting),
                    allowed_cell(setting), setting.reloadable ? "reload" : "restart", setting.help);
  }
  out += kNamespaces;
  for (const Setting& setting : base::settings_table()) {
    if (setting.namespaced) out += fmt::format("| `{}` | as above |\n", setting.name);
  }
  out += kWebhooks;
  for (const base::WebhookKey& key : base::webhook_keys()) {
    const std::string value = key.get(base::Webhook());
    out += fmt::format("| `{}` | {} | {} |\n", key.name,
                       value.empty() ? "none" : fmt::format("`{}`", value), key.help);
  }
  return out;
}

std::string errors_markdown() {
  std::string out = R"(# Errors

<!-- Made by `weir docs errors`. To change it, change src/base/error.cpp and run weir docs errors > docs/errors.md -->

Every refusal is `application/problem+json` (RFC 9457). `type` is `/problems/<name>` on the server, `code` the name alone,
`detail` what was wrong this time. Where "retry" is yes the same request may succeed later, and the answer has `Retry-After`.

| name | status | retry | what |
|---|---|---|---|
)";
  std::string inside;
  for (const base::ErrorInfo& row : base::error_table()) {
    if (row.http_status == 0) {
      inside += fmt::format("| `{}` | {} |\n", row.name, row.title);
      continue;
    }
    out += fmt::format("| `{}` | {} | {} | {} |\n", row.name, row.http_status,
                       row.retryable ? "yes" : "no", row.title);
  }
  out += "\nThese never come over HTTP; the command line says them before it exits.\n\n";
  out += "| name | what |\n|---|---|\n";
  return out + inside;
}

std::string config_as_toml(const Settings& settings) {
  std::string out;
  for (const Setting& setting : base::settings_table()) {
    const std::string value = api::value_json(settings, setting);
    const bool hidden = value == "null";
    const std::string line = hidden ? fmt::format("# {} = …  is given", setting.name)
                                    : fmt::format("{} = {}", setting.name, value);
    // A file cannot name a file.
    const std::string_view comment = setting.name == "config" ? "# " : "";
    out += fmt::format("{}{:<44} # {}\n", comment, line, place_of(settings, setting));
  }
  for (const base::Namespace& space : settings.namespaces) {
    out += fmt::format("\n[[namespace]]\nname = {}\ntopics = {}\n", toml_string(space.name),
                       proto::json_array(space.topics));
    const Settings values = api::as_settings(space);
    for (const Setting& setting : base::settings_table()) {
      if (!setting.namespaced) continue;
      out += fmt::format("{} = {}\n", setting.name, api::value_json(values, setting));
    }
  }
  for (const base::Webhook& hook : settings.webhooks) {
    out += "\n[[webhook]]\n";
    for (const base::WebhookKey& key : base::webhook_keys()) {
      const std::string text = key.get(hook);
      if (text.empty()) continue;
      if (key.secret) {
        out += fmt::format("# {} = …  is given\n", key.name);
      } else {
        out += fmt::format("{} = {}\n", key.name,
                           key.list ? proto::json_array(hook.topics) : toml_string(text));
      }
    }
  }
  return out;
}

std::string config_as_json(const Settings& settings) {
  std::vector<std::string> values;
  for (const Setting& setting : base::settings_table()) {
    values.push_back(fmt::format("\"{}\":{{\"value\":{},\"from\":{}}}", setting.name,
                                 api::value_json(settings, setting),
                                 proto::json_string(place_of(settings, setting))));
  }
  return fmt::format("{{\"settings\":{{{}}},\"namespaces\":{},\"webhooks\":{}}}\n",
                     fmt::join(values, ","), api::namespaces_json(settings),
                     api::webhooks_json(settings, false));
}

}  // namespace weir::server
