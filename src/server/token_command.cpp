// `weir token`: API keys for a server's file, and tokens signed with a secret for trying things
// out.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/api_keys.hpp"
#include "access/key.hpp"
#include "base/clock.hpp"
#include "base/small_file.hpp"
#include "base/units.hpp"
#include "cli/terminal.hpp"
#include "proto/base64url.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"
#include "server/commands.hpp"

namespace weir::server {
namespace {

using base::Result;
using cli::usage;

constexpr std::size_t kFileBytesMax = 16 << 20;

struct GrantOptions {
  std::vector<std::string> publish;
  std::vector<std::string> subscribe;
  std::vector<std::string> fields;
  std::uint64_t connections = 0;
  std::uint64_t publish_rate = 0;
  bool admin = false;
  std::string expires;
};

struct KeyOptions {
  GrantOptions grants;
  std::string name;
  std::string file;
};

struct SignOptions {
  GrantOptions grants;
  std::string algorithm = "HS256";
  std::string secret_file;
  std::string key_id, subject, issuer, audience, token_id;
};

void append_member(std::string& json, std::string_view name, std::string_view value) {
  json += fmt::format("{}{}:{}", json.empty() ? "" : ",", proto::json_string(name), value);
}

/// The members of a grant, without braces; checked as the server will.
Result<std::string> grants_json(const GrantOptions& options) {
  std::string json;
  if (!options.publish.empty()) append_member(json, "publish", proto::json_array(options.publish));
  if (!options.subscribe.empty())
    append_member(json, "subscribe", proto::json_array(options.subscribe));
  if (!options.fields.empty()) append_member(json, "fields", proto::json_array(options.fields));
  std::string limits;
  if (options.connections != 0) {
    append_member(limits, "connections", std::to_string(options.connections));
  }
  if (options.publish_rate != 0) {
    append_member(limits, "publish_rate", std::to_string(options.publish_rate));
  }
  if (!limits.empty()) append_member(json, "limits", "{" + limits + "}");
  if (options.admin) append_member(json, "admin", "true");
  if (const auto read = access::read_grants("{" + json + "}"); !read) {
    return usage(read.error().detail);
  }
  return json;
}

Result<std::optional<base::UnixMillis>> expiry(const std::string& text) {
  if (text.empty() || text == "never") return std::optional<base::UnixMillis>();
  const auto duration = base::parse_duration(text);
  if (!duration) return usage("--expires: " + duration.error().detail);
  return std::optional(base::system_clock().unix_millis() + duration->count());
}

void add_grant_options(CLI::App& command, GrantOptions& grants, const std::string& lasting) {
  command.add_option("--publish", grants.publish, "Topics and patterns that may be published to.")
      ->type_name("TOPIC");
  command.add_option("--subscribe", grants.subscribe, "Topics and patterns that may be followed.")
      ->type_name("TOPIC");
  command
      .add_option("--fields", grants.fields, "Only these fields of an event's data are delivered.")
      ->type_name("PATH");
  command.add_option("--connections", grants.connections, "Open streams at the same time.")
      ->type_name("N");
  command.add_option("--publish-rate", grants.publish_rate, "Events a second.")->type_name("N");
  command.add_flag("--admin", grants.admin,
                   "Metrics, deletion and revocation; all topics are listed.");
  command
      .add_option("--expires", grants.expires, "After so long it ends: 15m, 24h, 90d. " + lasting)
      ->type_name("TIME");
}

/// At the end of the file, which is made for its owner alone.
Result<> append_line(const std::string& path, const std::string& line) {
  const auto failed = [&path] { return usage(fmt::format("{}: {}", path, std::strerror(errno))); };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return failed();
  const std::string text = line + "\n";
  const ssize_t written = ::write(file, text.data(), text.size());
  const bool good = written == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  Result<> result;
  if (!good) result = failed();
  ::close(file);
  return result;
}

Result<std::string> make_key(const KeyOptions& options) {
  const auto grants = grants_json(options.grants);
  if (!grants) return grants.error();
  const auto expires = expiry(options.grants.expires);
  if (!expires) return expires.error();
  const auto key = access::make_api_key(options.name, *grants, *expires);
  std::string text;
  if (::access(options.file.c_str(), F_OK) == 0) {
    auto read = base::read_small_file(options.file, kFileBytesMax);
    if (!read) return usage(read.error().detail);
    text = std::move(*read);
  }
  const bool cut = !text.empty() && !text.ends_with('\n');
  text += (cut ? "\n" : "") + key.line + "\n";
  if (const auto all = access::ApiKeys::parse(text); !all) {
    return usage(fmt::format("{}: {}", options.file, all.error().detail));
  }
  if (const auto added = append_line(options.file, (cut ? "\n" : "") + key.line); !added) {
    return added.error();
  }
  return key.text;
}

Result<std::string> sign_token(const SignOptions& options) {
  const auto algorithm = access::algorithm_of(options.algorithm);
  if (!algorithm || !access::is_symmetric(*algorithm)) {
    return usage(
        "--alg: HS256, HS384 or HS512; other tokens are for your identity provider to sign");
  }
  const auto key = access::load_key(options.algorithm + "=" + options.secret_file);
  if (!key) return usage(key.error().detail);
  const auto grants = grants_json(options.grants);
  if (!grants) return grants.error();
  const auto expires = expiry(options.grants.expires.empty() ? "1h" : options.grants.expires);
  if (!expires) return expires.error();

  std::string header;
  append_member(header, "alg", proto::json_string(options.algorithm));
  append_member(header, "typ", R"("JWT")");
  if (!options.key_id.empty()) append_member(header, "kid", proto::json_string(options.key_id));
  std::string claims;
  const auto add = [&claims](std::string_view name, const std::string& value) {
    if (!value.empty()) append_member(claims, name, proto::json_string(value));
  };
  add("sub", options.subject);
  add("iss", options.issuer);
  add("aud", options.audience);
  add("jti", options.token_id);
  append_member(claims, "iat", std::to_string(base::system_clock().unix_millis() / 1000));
  if (*expires) append_member(claims, "exp", std::to_string(**expires / 1000));
  append_member(claims, "weir", "{" + *grants + "}");
  const auto text = fmt::format("{}.{}", proto::to_base64url("{" + header + "}"),
                                proto::to_base64url("{" + claims + "}"));
  return fmt::format("{}.{}", text, proto::to_base64url(key->sign(text)));
}

int show(const Result<std::string>& made) {
  return made ? cli::print(*made + "\n") : cli::fail(made.error());
}

void add_key_command(CLI::App& command, cli::Action& action) {
  auto* key = command.add_subcommand(
      "key", "Make an API key: its hash goes to the file, the key itself is printed, once");
  auto options = std::make_shared<KeyOptions>();
  key->add_option("NAME", options->name, "Whose it is, for limits and revocation.")->required();
  key->add_option("--file", options->file, "The server's file of keys (api_keys).")
      ->type_name("FILE")
      ->required();
  add_grant_options(*key, options->grants, "Default: it does not.");
  key->footer(
      "  weir token key ci --publish 'orders/**' --file /etc/weir/keys\n"
      "  weir token key ops --admin --subscribe '**' --expires 90d --file /etc/weir/keys\n"
      "\n"
      "A server that runs takes it after SIGHUP.");
  key->callback([&action, options] { action = [options] { return show(make_key(*options)); }; });
}

void add_sign_command(CLI::App& command, cli::Action& action) {
  auto* sign = command.add_subcommand("sign", "Sign a token (JWT) with a secret and print it");
  auto options = std::make_shared<SignOptions>();
  sign->add_option("--secret-file", options->secret_file,
                   "File with the secret, as in the server's jwt_key.")
      ->type_name("FILE")
      ->required();
  sign->add_option("--alg", options->algorithm, "HS256, HS384 or HS512. Default: HS256.")
      ->type_name("ALG");
  sign->add_option("--kid", options->key_id, "The key's id.")->type_name("ID");
  sign->add_option("--sub", options->subject, "The subject: whose it is.")->type_name("SUBJECT");
  sign->add_option("--iss", options->issuer, "The issuer.")->type_name("ISSUER");
  sign->add_option("--aud", options->audience, "The audience.")->type_name("AUDIENCE");
  sign->add_option("--jti", options->token_id, "The token's id, for revocation.")->type_name("ID");
  add_grant_options(*sign, options->grants, "Default: 1h; never.");
  sign->footer(
      "  weir token sign --secret-file secret --sub user-17 --subscribe 'users/17/**'\n"
      "\n"
      "For tests and scripts. In production your identity provider signs, and the server knows "
      "its\n"
      "public keys (jwt_key, jwks).");
  sign->callback([&action, options] { action = [options] { return show(sign_token(*options)); }; });
}

}  // namespace

void add_token(CLI::App& program, cli::Action& action) {
  auto* command = program.add_subcommand("token", "Make API keys and test tokens");
  command->require_subcommand(1);
  add_key_command(*command, action);
  add_sign_command(*command, action);
}

}  // namespace weir::server
