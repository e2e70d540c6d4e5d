// Routes of definitions.

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include "access/crypto.hpp"
#include "apps/workflow/api/views.hpp"
#include "apps/workflow/api/workflow_api.hpp"
#include "apps/workflow/effects/shell_policy.hpp"
#include "apps/workflow/engine/schema.hpp"
#include "apps/workflow/model/examples.hpp"
#include "apps/workflow/model/parse.hpp"
#include "apps/workflow/model/schema.hpp"
#include "log/value.hpp"
#include "proto/json.hpp"
#include "proto/problem.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using api::CallPtr;
using base::ErrorCode;

json::array problems_json(const Problems& problems) {
  json::array out;
  for (const auto& each : problems) {
    out.push_back(json::object{{"path", each.path},
                               {"line", each.line},
                               {"column", each.column},
                               {"message", each.message}});
  }
  return out;
}

void fail_with_problems(const CallPtr& call, const Problems& problems) {
  const auto error = base::make_error(
      ErrorCode::kBadDefinition, problems.empty() ? std::string() : problem_text(problems.front()));
  auto body = json::parse(proto::problem_json(error)).as_object();
  body["problems"] = problems_json(problems);
  auto response = net::problem_response(error);
  response.body = json::serialize(body) + "\n";
  call->respond(std::move(response));
}

bool uses_shell(const std::vector<Node>& nodes) {
  return std::any_of(nodes.begin(), nodes.end(), [](const Node& node) {
    return node.kind == NodeKind::kShell || uses_shell(node.children);
  });
}

/// "3" of `…/versions/3`; 0: it is none.
std::uint64_t version_of(std::string_view text) {
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  return error == std::errc() && end == text.data() + text.size() ? version : 0;
}

}  // namespace

void WorkflowApi::definitions(const CallPtr& call) {
  answer(
      call, [](log::State& state, const std::string&) { return views::definitions(state); },
      [](const std::string&) { return std::string(R"({"definitions":[]})"); });
}

/// `{id}`, `{id}/versions`, `{id}/versions/{n}`, `{id}/export`.
void WorkflowApi::get_definition(const CallPtr& call) {
  const auto rest = call->rest();
  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string id(rest.substr(0, slash));
  const auto sub = slash == rest.size() ? std::string_view() : rest.substr(slash + 1);
  const auto missing = base::make_error(ErrorCode::kNotFound, call->target().raw_path);
  if (!is_id(id)) return call->fail(missing);
  if (sub == "versions") {
    return answer(
        call, [id](log::State& state, const std::string&) { return views::versions(state, id); });
  }
  std::uint64_t version = 0;
  if (sub.starts_with("versions/")) {
    version = version_of(sub.substr(9));
    if (version == 0) return call->fail(missing);
  } else if (sub == "export") {
    const auto format = call->target().get("format").value_or("yaml");
    if (format != "yaml" && format != "json") {
      return call->fail(base::make_error(ErrorCode::kBadRequest, "format takes yaml or json"));
    }
    return view_.read<std::string>(
        [id, missing](log::State& state) -> base::Result<std::string> {
          const auto prepared = store::is_prepared(state);
          if (!prepared) return prepared.error();
          if (!*prepared) return missing;
          return views::definition(state, id, 0);
        },
        [call, yaml = format == "yaml", id](const base::Result<std::string>& text) {
          if (!text) return call->fail(text.error());
          const auto document = json::parse(*text).at("definition");
          net::Response response;
          response.set("Content-Type", yaml ? "application/yaml" : "application/json");
          response.set("Content-Disposition",
                       fmt::format("attachment; filename=\"{}.{}\"", id, yaml ? "yaml" : "json"));
          response.body = json::serialize(document) + "\n";
          if (yaml) {
            const auto parsed = parse_definition(response.body, Format::kJson);
            if (!parsed.definition) return fail_with_problems(call, parsed.problems);
            response.body = to_yaml(*parsed.definition);
          }
          call->respond(std::move(response));
        });
  } else if (!sub.empty()) {
    return call->fail(missing);
  }
  answer(call, [id, version](log::State& state, const std::string&) {
    return views::definition(state, id, version);
  });
}

/// The engine's thread reads it: that takes longer than a shard may be kept.
void WorkflowApi::put_definition(const CallPtr& call) {
  const std::string id(call->rest());
  if (!is_id(id)) {
    return call->fail(
        base::make_error(ErrorCode::kBadRequest, "an id is [a-z0-9][a-z0-9_-]{0,63}"));
  }
  const auto format = format_of_type(call->header("Content-Type"));
  auto shell = check_shell_allowed(call->settings());
  workflows_.run([this, call, id, format, shell = std::move(shell),
                  text = std::string(call->body()),
                  author = call->access().subject](Workflows::Parts parts) {
    auto parsed = parse_definition(text, format);
    if (parsed.definition && parsed.definition->id != id) {
      parsed.problems.push_back({"/id", 0, 0, "the address says \"" + id + "\""});
    }
    if (!parsed.definition || !parsed.problems.empty()) {
      return back(base::Task(
          [call, problems = std::move(parsed.problems)] { fail_with_problems(call, problems); }));
    }
    if (!shell && uses_shell(parsed.definition->nodes)) {
      return back(base::Task([call, error = shell.error()] { call->fail(error); }));
    }
    std::vector<std::string> hooks;
    for (const auto& trigger : parsed.definition->triggers) {
      if (trigger.type == Trigger::Type::kWebhook) hooks.push_back(trigger.webhook_id);
    }
    parts.engine.put_definition(
        std::move(*parsed.definition), text, format == Format::kYaml ? "yaml" : "json", author,
        [this, call, id, hooks](const base::Result<std::uint64_t>& version) {
          if (!version) {
            return back(base::Task([call, error = version.error()] { call->fail(error); }));
          }
          make_hooks(call, id, *version, hooks, *version == 1 ? 201 : 200);
        });
  });
}

/// A token for each webhook that has none; it is shown here and nowhere else. On the engine's
/// thread.
void WorkflowApi::make_hooks(const CallPtr& call, const std::string& workflow,
                             std::uint64_t version, std::vector<std::string> hooks, int status) {
  auto made = std::make_shared<json::array>();
  workflows_.run([this, call, workflow, version, hooks = std::move(hooks), status,
                  made](Workflows::Parts parts) {
    parts.engine.change(
        [workflow, hooks, made](log::Transaction& transaction) -> base::Result<> {
          made->clear();
          auto& state = transaction.state();
          for (const auto& hook : hooks) {
            bool known = false;
            const log::Value which[] = {workflow, hook};
            auto found =
                state.query("SELECT created FROM workflow_hooks WHERE workflow = ? AND hook = ?",
                            which, [&](log::Row) { known = true; });
            if (!found) return found;
            if (known) continue;
            const auto token = "wfh_" + access::to_hex(access::random_bytes(24));
            const log::Value row[] = {access::to_hex(access::sha256(token)), workflow, hook,
                                      transaction.now()};
            auto stored = state.execute(
                "INSERT INTO workflow_hooks (token_hash, workflow, hook, created) "
                "VALUES (?, ?, ?, ?)",
                row);
            if (!stored) return stored;
            made->push_back(json::object{
                {"id", hook}, {"token", token}, {"url", "/api/workflow/hooks/" + token}});
          }
          return {};
        },
        [this, call, workflow, version, status, made](const base::Result<>& outcome) {
          back(base::Task([call, workflow, version, status, made, outcome] {
            if (!outcome) return call->fail(outcome.error());
            net::Response response;
            response.status = status;
            response.set("Content-Type", "application/json");
            response.set("Cache-Control", "no-store");
            json::object body{{"id", workflow}, {"version", version}};
            if (!made->empty()) body["hooks"] = *made;
            response.body = json::serialize(body) + "\n";
            call->respond(std::move(response));
          }));
        });
  });
}

/// `{id}/hooks/{hook}/token`: a new one in place of the old.
void WorkflowApi::post_definition(const CallPtr& call) {
  const auto rest = call->rest();
  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string id(rest.substr(0, slash));
  auto sub = slash == rest.size() ? std::string_view() : rest.substr(slash + 1);
  const auto missing = base::make_error(ErrorCode::kNotFound, call->target().raw_path);
  constexpr std::string_view kHooks = "hooks/";
  constexpr std::string_view kToken = "/token";
  if (!is_id(id) || !sub.starts_with(kHooks) || !sub.ends_with(kToken) ||
      sub.size() <= kHooks.size() + kToken.size()) {
    return call->fail(missing);
  }
  const std::string hook(sub.substr(kHooks.size(), sub.size() - kHooks.size() - kToken.size()));
  workflows_.run([this, call, id, hook, missing](Workflows::Parts parts) {
    const auto* const entry = parts.engine.definitions().find(id);
    const bool known =
        entry != nullptr &&
        std::any_of(entry->definition->triggers.begin(), entry->definition->triggers.end(),
                    [&](const Trigger& trigger) {
                      return trigger.type == Trigger::Type::kWebhook && trigger.webhook_id == hook;
                    });
    if (!known) return back(base::Task([call, missing] { call->fail(missing); }));
    const auto version = entry->version;
    parts.engine.change(
        [id, hook](log::Transaction& transaction) {
          const log::Value which[] = {id, hook};
          return transaction.state().execute(
              "DELETE FROM workflow_hooks WHERE workflow = ? AND hook = ?", which);
        },
        [this, call, id, hook, version](const base::Result<>& outcome) {
          if (!outcome) {
            return back(base::Task([call, error = outcome.error()] { call->fail(error); }));
          }
          make_hooks(call, id, version, {hook}, 200);
        });
  });
}

void WorkflowApi::validate(const CallPtr& call) {
  const auto format = format_of_type(call->header("Content-Type"));
  workflows_.run([this, call, format, text = std::string(call->body())](Workflows::Parts) {
    const auto parsed = parse_definition(text, format);
    json::object body{{"valid", parsed.definition.has_value()},
                      {"problems", problems_json(parsed.problems)}};
    if (parsed.definition) body["definition"] = to_json(*parsed.definition);
    back(base::Task([call, text = json::serialize(body)] { call->respond_json(text); }));
  });
}

void WorkflowApi::schema(const CallPtr& call) {
  call->respond_json(json::serialize(definition_schema()), "application/schema+json");
}

void WorkflowApi::kinds(const CallPtr& call) {
  call->respond_json(json::serialize(json::object{{"kinds", node_kinds_json()}}));
}

void WorkflowApi::library(const CallPtr& call) {
  json::array out;
  for (const auto& each : examples()) {
    out.push_back(json::object{{"id", each.id}, {"yaml", each.yaml}});
  }
  call->respond_json(json::serialize(json::object{{"examples", std::move(out)}}));
}

}  // namespace weir::apps::workflow
