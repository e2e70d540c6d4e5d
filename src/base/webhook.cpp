#include "base/webhook.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/refusal.hpp"
#include "base/units.hpp"

namespace weir::base {
namespace {

using Texts = std::vector<std::string>;

Result<std::string> one(const Texts& texts) {
  if (texts.size() != 1) return bad_configuration("takes one value");
  return texts.front();
}

template <std::string Webhook::* Field>
Result<> set_text(Webhook& hook, const Texts& texts) {
  auto text = one(texts);
  if (!text) return text.error();
  hook.*Field = std::move(*text);
  return {};
}
template <std::string Webhook::* Field>
std::string get_text(const Webhook& hook) {
  return hook.*Field;
}

template <std::chrono::milliseconds Webhook::* Field, std::uint64_t Least, std::uint64_t Most>
Result<> set_duration(Webhook& hook, const Texts& texts) {
  auto text = one(texts);
  if (!text) return text.error();
  const auto duration = parse_duration(*text);
  if (!duration) return bad_configuration(duration.error().detail);
  const std::chrono::milliseconds least(Least);
  const std::chrono::milliseconds most(Most);
  if (*duration < least || *duration > most) {
    return bad_configuration(fmt::format("\"{}\" is not between {} and {}", *text,
                                         format_duration(least), format_duration(most)));
  }
  hook.*Field = *duration;
  return {};
}
template <std::chrono::milliseconds Webhook::* Field>
std::string get_duration(const Webhook& hook) {
  return format_duration(hook.*Field);
}

template <std::uint32_t Webhook::* Field, std::uint32_t Least, std::uint32_t Most>
Result<> set_number(Webhook& hook, const Texts& texts) {
  auto text = one(texts);
  if (!text) return text.error();
  std::uint32_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end || number < Least || number > Most) {
    return bad_configuration(
        fmt::format("\"{}\" is not a number from {} to {}", *text, Least, Most));
  }
  hook.*Field = number;
  return {};
}
template <std::uint32_t Webhook::* Field>
std::string get_number(const Webhook& hook) {
  return std::to_string(hook.*Field);
}

Result<> set_topics(Webhook& hook, const Texts& texts) {
  hook.topics = texts;
  return {};
}
std::string get_topics(const Webhook& hook) {
  return fmt::format("{}", fmt::join(hook.topics, ","));
}

Result<> set_start(Webhook& hook, const Texts& texts) {
  auto text = one(texts);
  if (!text) return text.error();
  if (*text != "latest" && *text != "earliest") {
    return bad_configuration("must be latest or earliest");
  }
  hook.from_earliest = *text == "earliest";
  return {};
}
std::string get_start(const Webhook& hook) { return hook.from_earliest ? "earliest" : "latest"; }

Result<> set_allow_private(Webhook& hook, const Texts& texts) {
  auto text = one(texts);
  if (!text) return text.error();
  if (*text != "true" && *text != "false") return bad_configuration("must be true or false");
  hook.allow_private = *text == "true";
  return {};
}
std::string get_allow_private(const Webhook& hook) { return hook.allow_private ? "true" : "false"; }

constexpr std::uint64_t kHour = 3'600'000;
constexpr std::uint64_t kDay = 24 * kHour;

constexpr std::array kKeys = {
    WebhookKey{"name", false, false,
               "Its name, once: up to 64 letters, digits, `-` and `_`. Its cursor is kept under "
               "it: a hook that is renamed begins anew.",
               set_text<&Webhook::name>, get_text<&Webhook::name>},
    WebhookKey{"url", false, false, "Where events are posted to: http or https.",
               set_text<&Webhook::url>, get_text<&Webhook::url>, true},
    WebhookKey{"topics", true, false,
               "Patterns as in a subscription: `orders/*`, `orders/**`, `orders/{id}`. Topics that "
               "begin with `$` need a pattern that does.",
               set_topics, get_topics},
    WebhookKey{"start", false, false,
               "Where a hook begins that has no cursor yet: `latest`, what comes from now on, or "
               "`earliest`, all that is kept.",
               set_start, get_start},
    WebhookKey{"secret", false, true,
               "`whsec_` and 24 to 64 bytes in base64: requests are also signed with HMAC-SHA256 "
               "(`v1`).",
               set_text<&Webhook::secret>, get_text<&Webhook::secret>},
    WebhookKey{"secret_file", false, false, "A file that holds the secret instead.",
               set_text<&Webhook::secret_file>, get_text<&Webhook::secret_file>},
    WebhookKey{"key_file", false, false,
               "A file with the Ed25519 key to sign with (`v1a`), as `weir webhook-key FILE` makes "
               "it. Default: the server's own, webhook.key in the data directory.",
               set_text<&Webhook::key_file>, get_text<&Webhook::key_file>},
    WebhookKey{"timeout", false, false,
               "How long one attempt may take, from looking up the name to the answer.",
               set_duration<&Webhook::timeout, 100, 10 * 60'000>, get_duration<&Webhook::timeout>},
    WebhookKey{"concurrency", false, false,
               "Attempts at a time, 1 to 64. With more than one, events of one key (without a key: "
               "of one topic) stay in order.",
               set_number<&Webhook::concurrency, 1, 64>, get_number<&Webhook::concurrency>},
    WebhookKey{"attempts_max", false, false,
               "After so many attempts an event goes to the dead letters. 0 is without limit.",
               set_number<&Webhook::attempts_max, 0, 1'000'000>,
               get_number<&Webhook::attempts_max>},
    WebhookKey{"age_max", false, false,
               "An event that fails when it is older goes to the dead letters. 0 is without limit.",
               set_duration<&Webhook::age_max, 0, 365 * kDay>, get_duration<&Webhook::age_max>},
    WebhookKey{"backoff", false, false,
               "After a failure the wait is drawn between nothing and this; the bound doubles with "
               "each failure.",
               set_duration<&Webhook::backoff, 100, kHour>, get_duration<&Webhook::backoff>},
    WebhookKey{"backoff_max", false, false, "The bound grows no further than this.",
               set_duration<&Webhook::backoff_max, 100, kDay>, get_duration<&Webhook::backoff_max>},
    WebhookKey{"dead_letter", false, false,
               "The topic for events that could not be delivered. Default: `$dead/NAME`.",
               set_text<&Webhook::dead_letter>, get_text<&Webhook::dead_letter>},
    WebhookKey{"allow_private", false, false,
               "Whether the receiver may be in a private, loopback or link-local network.",
               set_allow_private, get_allow_private},
    WebhookKey{"ca_file", false, false,
               "Certificates to trust (PEM) instead of the system's, for https.",
               set_text<&Webhook::ca_file>, get_text<&Webhook::ca_file>},
};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

}  // namespace

std::span<const WebhookKey> webhook_keys() { return kKeys; }

const WebhookKey* find_webhook_key(std::string_view name) {
  const auto at =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const auto& key) { return key.name == name; });
  return at == kKeys.end() ? nullptr : &*at;
}

Result<> check_webhooks(const std::vector<Webhook>& webhooks) {
  std::vector<std::string_view> names;
  for (const Webhook& hook : webhooks) {
    const auto bad = [&](std::string_view what) {
      return bad_configuration(fmt::format("webhook \"{}\": {}", hook.name, what));
    };
    if (!is_name(hook.name)) {
      return bad("a name of up to 64 letters, digits, - and _ is needed");
    }
    if (std::find(names.begin(), names.end(), hook.name) != names.end()) {
      return bad("this name is used twice");
    }
    names.push_back(hook.name);
    if (hook.url.empty()) return bad("a url is needed");
    if (hook.topics.empty()) return bad("topics are needed");
    if (!hook.secret.empty() && !hook.secret_file.empty()) {
      return bad("give either secret or secret_file");
    }
    if (hook.backoff > hook.backoff_max) return bad("backoff is more than backoff_max");
  }
  return {};
}

}  // namespace weir::base
