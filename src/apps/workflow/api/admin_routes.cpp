// Routes of schedules and of secrets.

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "apps/workflow/api/body.hpp"
#include "apps/workflow/api/view_json.hpp"
#include "apps/workflow/api/views.hpp"
#include "apps/workflow/api/workflow_api.hpp"
#include "proto/url.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using api::CallPtr;
using base::ErrorCode;

json::object schedule_json(const Triggers::Schedule& schedule) {
  return {{"workflowId", schedule.workflow},
          {"workflowName", schedule.name},
          {"index", schedule.position},
          {"schedule", schedule.text},
          {"timezone", schedule.zone},
          {"enabled", schedule.enabled},
          {"nextTime", views::time_of(schedule.next)}};
}

/// "nightly/0"
std::optional<std::pair<std::string, std::uint32_t>> schedule_of(std::string_view rest) {
  const auto slash = rest.find('/');
  if (slash == rest.npos) return std::nullopt;
  const auto digits = rest.substr(slash + 1);
  std::uint32_t position = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return std::pair(std::string(rest.substr(0, slash)), position);
}

}  // namespace

void WorkflowApi::schedules(const CallPtr& call) {
  workflows_.run([this, call](Workflows::Parts parts) {
    json::array out;
    for (const auto& each : parts.triggers.schedules()) out.push_back(schedule_json(each));
    back(base::Task([call, text = json::serialize(json::object{{"schedules", std::move(out)}})] {
      call->respond_json(text);
    }));
  });
}

void WorkflowApi::get_schedule(const CallPtr& call) {
  const auto missing = base::make_error(ErrorCode::kNotFound, call->target().raw_path);
  const auto which = schedule_of(call->rest());
  if (!which) return call->fail(missing);
  workflows_.run([this, call, which = *which, missing](Workflows::Parts parts) {
    std::string text;
    for (const auto& each : parts.triggers.schedules()) {
      if (each.workflow == which.first && each.position == which.second) {
        text = json::serialize(schedule_json(each));
      }
    }
    back(base::Task(
        [call, text, missing] { text.empty() ? call->fail(missing) : call->respond_json(text); }));
  });
}

void WorkflowApi::put_schedule(const CallPtr& call) {
  const auto which = schedule_of(call->rest());
  if (!which) return call->fail(base::make_error(ErrorCode::kNotFound, call->target().raw_path));
  const auto body = read_body(call->body(), {"enabled"});
  if (!body) return call->fail(body.error());
  const auto* const enabled = body->if_contains("enabled");
  if (enabled == nullptr || !enabled->is_bool()) {
    return call->fail(base::make_error(ErrorCode::kBadRequest, "enabled takes true or false"));
  }
  workflows_.run([this, call, which = *which, on = enabled->get_bool()](Workflows::Parts parts) {
    parts.triggers.enable(which.first, which.second, on, [this, call](base::Result<> outcome) {
      back(base::Task([this, call, outcome = std::move(outcome)] {
        outcome ? get_schedule(call) : call->fail(outcome.error());
      }));
    });
  });
}

void WorkflowApi::secrets(const CallPtr& call) {
  answer(
      call, [](log::State& state, const std::string&) { return views::secrets(state); },
      [](const std::string&) { return std::string(R"({"secrets":[]})"); });
}

void WorkflowApi::put_secret(const CallPtr& call) {
  const auto name = proto::decode_path(call->rest());
  if (!name) return call->fail(name.error());
  auto body = read_body(call->body(), {"value"});
  if (!body) return call->fail(body.error());
  const auto* const value = body->if_contains("value");
  if (value == nullptr || !value->is_string()) {
    return call->fail(base::make_error(ErrorCode::kBadRequest, "value takes a text"));
  }
  workflows_.run(
      [this, call, name = *name, value = std::string(value->get_string())](Workflows::Parts parts) {
        parts.secrets.put(name, value, [this, call](base::Result<> outcome) {
          back(base::Task([call, outcome = std::move(outcome)] {
            if (!outcome) return call->fail(outcome.error());
            net::Response response;
            response.status = 204;
            call->respond(std::move(response));
          }));
        });
      });
}

void WorkflowApi::delete_secret(const CallPtr& call) {
  const auto name = proto::decode_path(call->rest());
  if (!name) return call->fail(name.error());
  workflows_.run([this, call, name = *name](Workflows::Parts parts) {
    parts.secrets.remove(name, [this, call](base::Result<> outcome) {
      back(base::Task([call, outcome = std::move(outcome)] {
        if (!outcome) return call->fail(outcome.error());
        net::Response response;
        response.status = 204;
        call->respond(std::move(response));
      }));
    });
  });
}

}  // namespace weir::apps::workflow
