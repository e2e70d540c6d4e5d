#include "node/task_nodes.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "access/crypto.hpp"
#include "apps/task_feed/feed.hpp"
#include "apps/task_feed/request.hpp"
#include "apps/task_feed/store.hpp"
#include "apps/view/brief.hpp"
#include "apps/view/caller.hpp"
#include "apps/workflow/engine/load.hpp"
#include "base/logging.hpp"
#include "node/effect_failure.hpp"
#include "proto/cursor.hpp"

namespace weir::node {
namespace {

namespace json = boost::json;
using apps::task_feed::Commit;
using apps::task_feed::Draft;
using apps::task_feed::Feed;
using apps::task_feed::Heart;
using apps::task_feed::Report;
using apps::task_feed::ReportKind;
using apps::task_feed::Task;
using apps::workflow::EffectRequest;
using base::Result;

std::string text_of(const EffectRequest& request, std::string_view name) {
  const auto* const member = request.with.if_contains(name);
  return member == nullptr || !member->is_string() ? std::string()
                                                   : std::string(member->get_string());
}

/// The node's `with` but for what says which task, and what is done to it.
json::object body_of(const EffectRequest& request) {
  auto body = request.with;
  body.erase("action");
  return body;
}

/// What `POST /api/task-feed` would be sent.
Result<Draft> draft_of(const EffectRequest& request, const base::TaskFeedSettings& limits) {
  auto body = body_of(request);
  const auto made_by = fmt::format("workflow {} {}", request.id.execution, request.id.node);
  if (!body.contains("id")) body["id"] = "wf_" + access::fingerprint_of(made_by);
  auto& data = body["data"];
  if (!data.is_object()) data.emplace_object();
  data.get_object()["executionId"] = request.id.execution;
  data.get_object()["nodeId"] = request.id.node;
  auto draft = apps::task_feed::read_draft(json::serialize(body), limits);
  if (!draft) return draft;
  // Another attempt of the node finds what an earlier one has made.
  draft->fingerprint = access::fingerprint_of(made_by);
  // The run moves it on: a worker that took it would know nothing of it.
  draft->driver = request.id.execution;
  if (auto valid = apps::check_user(draft->owner); !valid) return valid.error();
  return draft;
}

ReportKind kind_of(const std::string& action) {
  return action == "complete" ? ReportKind::kComplete
         : action == "fail"   ? ReportKind::kFail
                              : ReportKind::kProgress;
}

Result<Task> act(Feed& feed, const Task& task, const std::string& action, const Report& report) {
  if (action == "complete") return feed.complete(task, report);
  if (action == "fail") return feed.fail(task, report);
  return feed.progress(task, report, Heart::kNone);
}

json::object output_of(const Task& task, const std::string& cursor) {
  return {{"id", task.id},
          {"ownerId", task.owner},
          {"status", apps::task_feed::name_of(task.status)},
          {"progress", task.progress},
          {"cursor", cursor}};
}

/// Whether it has ended. If it failed or was cancelled, or is not even known any more, what it has
/// left open ends so, too; after one that completed somebody else may go on with a card.
Result<bool> end_cards_of(const Commit& commit, const std::string& execution) {
  using apps::workflow::ExecutionStatus;
  const auto row = apps::workflow::store::find_row(commit.state, execution);
  if (!row) return row.error();
  if (*row && !is_terminal((**row).status)) return false;
  if (*row && (**row).status == ExecutionStatus::kCompleted) return true;
  const auto cards = apps::task_feed::store::open_tasks_of(commit.state, execution);
  if (!cards) return cards.error();
  const bool failed = *row && (**row).status == ExecutionStatus::kFailed;
  Report report;
  if (failed) report.error_message = apps::brief("the workflow failed: " + (**row).error);
  for (const auto& card : *cards) {
    auto ended = with_task(commit, card, {}, [&](Feed& feed, const Task& task) -> Result<> {
      auto after = failed ? feed.fail(task, report) : feed.cancel(task);
      if (!after) return after.error();
      return {};
    });
    if (!ended) return ended.error();
  }
  return true;
}

void log_failure(const Result<>& committed) {
  if (committed) return;
  base::log_warning("workflow.cards_left", "error=\"{}\"", committed.error().message());
}

}  // namespace

void TaskNodes::resume() {
  if (!feed_.enabled()) return;
  feed_.change_now(
      [this](const Commit& commit) -> Result<> {
        const auto drivers = apps::task_feed::store::open_drivers(commit.state);
        if (!drivers) return drivers.error();
        for (const auto& execution : *drivers) {
          const auto over = end_cards_of(commit, execution);
          if (!over) return over.error();
          if (!*over) driving_.with([&](auto& all) { all.insert(execution); });
        }
        return {};
      },
      log_failure);
}

void TaskNodes::ended(const std::string& execution) {
  if (driving_.with([&](auto& all) { return all.erase(execution); }) == 0) return;
  feed_.change_now(
      [execution](const Commit& commit) -> Result<> {
        const auto over = end_cards_of(commit, execution);
        if (!over) return over.error();
        return {};
      },
      log_failure);
}

void TaskNodes::announce(const EffectRequest& request,
                         const std::shared_ptr<apps::workflow::EffectSink>& sink) {
  if (!feed_.enabled()) {
    return sink->done(failure("the task feed is off on this server (the setting task_feed)"));
  }
  const auto limits = hub_.settings()->task_feed;
  const auto action = text_of(request, "action");
  auto after = std::make_shared<json::object>();
  auto note = [after, epoch = hub_.log().epoch()](const Commit& commit, const Task& task) {
    *after = output_of(task, proto::to_string({epoch, commit.transaction.head()}));
  };
  apps::task_feed::TaskFeed::Work work;
  if (action == "create") {
    auto draft = draft_of(request, limits);
    if (!draft) return sink->done(failure(draft.error()));
    driving_.with([&](auto& all) { all.insert(draft->driver); });
    work = [draft = std::move(*draft), note](const Commit& commit) {
      return Feed::with(commit, draft.owner, [&](Feed& feed) -> Result<> {
        auto made = feed.create(draft);
        if (!made) return made.error();
        note(commit, made->task);
        return {};
      });
    };
  } else {
    auto body = body_of(request);
    for (const auto* const name : {"id", "owner", "productName"}) body.erase(name);
    auto report = apps::task_feed::read_report(json::serialize(body), kind_of(action), limits);
    if (!report) return sink->done(failure(report.error()));
    work = [id = text_of(request, "id"), action, report = std::move(*report),
            note](const Commit& commit) {
      return with_task(commit, id, {}, [&](Feed& feed, const Task& task) -> Result<> {
        auto done = act(feed, task, action, report);
        if (!done) return done.error();
        note(commit, *done);
        return {};
      });
    };
  }
  feed_.change_now(std::move(work), [sink, after](const Result<>& committed) {
    if (!committed) return sink->done(failure(committed.error()));
    apps::workflow::EffectOutcome outcome;
    outcome.ok = true;
    outcome.output = std::move(*after);
    sink->done(std::move(outcome));
  });
}

}  // namespace weir::node
