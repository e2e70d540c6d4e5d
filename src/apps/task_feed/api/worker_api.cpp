#include "apps/task_feed/api/worker_api.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "access/crypto.hpp"
#include "api/query_number.hpp"
#include "apps/once.hpp"
#include "apps/task_feed/api/whose_task.hpp"
#include "apps/task_feed/full_task.hpp"
#include "apps/view/answers.hpp"
#include "apps/view/caller.hpp"
#include "proto/cursor.hpp"

namespace weir::apps::task_feed {
namespace {

using api::CallPtr;
using base::ErrorCode;
using base::make_error;
using base::Result;

base::Error not_found(const api::Call& call) {
  return make_error(ErrorCode::kNotFound, call.target().raw_path);
}

/// `{id}/{verb}` of the path.
struct Asked {
  std::string id;
  std::string_view verb;
};

std::optional<Asked> asked_of(const api::Call& call) {
  const auto rest = call.rest();
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || !check_id(rest.substr(0, slash))) return std::nullopt;
  return Asked{std::string(rest.substr(0, slash)), rest.substr(slash + 1)};
}

std::string answer_json(const Commit& commit, const Feed& feed, const Task& task,
                        base::Epoch epoch) {
  return fmt::format(R"({{"task":{},"totals":{},"cursor":"{}"}})", to_json(task),
                     totals_json(feed.window().totals),
                     proto::to_string({epoch, commit.transaction.head()}));
}

Result<std::string> claimed_json(const Commit& commit, const Task& task, base::Epoch epoch) {
  auto full = full_json(commit.state, task);
  if (!full) return full;
  return fmt::format(R"({{"task":{},"attempt":{},"stalledAfter":{},"cursor":"{}"}})", *full,
                     task.attempt, commit.settings.stalled_after.count(),
                     proto::to_string({epoch, commit.transaction.head()}));
}

}  // namespace

struct WorkerApi::Claiming {
  CallPtr call;
  ClaimRequest request;
  base::Clock::Steady until;
  std::string offered = {};  ///< Whose task it was woken for; "" if it was not.
};

void WorkerApi::add_routes(api::Router& router, Part part) {
  const auto add = [&](std::string method, std::string path,
                       void (WorkerApi::*handle)(const CallPtr&)) {
    router.add(std::move(method), "/api/task-feed" + path,
               {[this, handle](const CallPtr& call) { (this->*handle)(call); },
                {},
                {},
                [](const net::RequestHead&, const base::Settings& settings) {
                  return settings.body_bytes_max;
                },
                api::Audience::kKnown});
  };
  if (part == Part::kFeed) {
    add("POST", "", &WorkerApi::create);
    add("POST", "/claim", &WorkerApi::claim);
  } else {
    add("POST", "/", &WorkerApi::post_one);
    add("PATCH", "/", &WorkerApi::patch_one);
  }
}

void WorkerApi::create(const CallPtr& call) {
  auto draft = read_draft(call->body(), call->settings().task_feed);
  if (!draft) return call->fail(draft.error());
  if (draft->owner.empty()) draft->owner = call->target().get("user").value_or("");
  if (draft->owner.empty()) {
    auto user = acting_user(*call);
    if (!user) return call->fail(user.error());
    draft->owner = std::move(*user);
  }
  if (auto granted = may_work_for(*call, draft->owner); !granted) {
    return call->fail(granted.error());
  }
  const auto what = draft->owner + "\n" + std::string(call->body());
  const auto once = request_key(*call, kWorkGrant, what, hub_.clock().unix_millis());
  if (!once) return call->fail(once.error());
  draft->fingerprint = access::fingerprint_of(what);
  struct Answer {
    std::string json;
    bool repeated = false;
  };
  auto answer = std::make_shared<Answer>();
  feed_.change(
      shard_,
      [draft = *draft, once = *once, answer, epoch = hub_.log().epoch()](const Commit& commit) {
        const auto make = [&]() -> Result<std::string> {
          std::string json;
          auto done = Feed::with(commit, draft.owner, [&](Feed& feed) -> Result<> {
            auto made = feed.create(draft);
            if (!made) return made.error();
            answer->repeated = made->repeated;
            json = answer_json(commit, feed, made->task, epoch);
            return {};
          });
          if (!done) return done.error();
          return json;
        };
        auto json = once::run(commit.transaction, once, make);
        if (!json) return Result<>(json.error());
        answer->json = std::move(*json);
        return Result<>();
      },
      [call, answer](const Result<>& outcome) {
        if (!outcome) return call->fail(outcome.error());
        net::Response response;
        response.status = answer->repeated ? 200 : 201;
        response.set("Content-Type", "application/json");
        response.set("Cache-Control", "no-store");
        response.body = answer->json + "\n";
        call->respond(std::move(response));
      });
}

void WorkerApi::run(const CallPtr& call, const std::string& id, const std::string& owner,
                    Command command) {
  auto json = std::make_shared<std::string>();
  feed_.change(
      shard_,
      [id, owner, command = std::move(command), json,
       epoch = hub_.log().epoch()](const Commit& commit) {
        return with_task(commit, id, owner, [&](Feed& feed, const Task& task) -> Result<> {
          auto after = command(feed, task);
          if (!after) return after.error();
          *json = answer_json(commit, feed, *after, epoch);
          return {};
        });
      },
      [call, json](const Result<>& outcome) {
        if (!outcome) return call->fail(outcome.error());
        call->respond_json(*json);
      });
}

void WorkerApi::post_one(const CallPtr& call) {
  const auto asked = asked_of(*call);
  if (!asked) return call->fail(not_found(*call));
  const auto& verb = asked->verb;
  if (verb == "claim") {
    return with_owner(
        {call, hub_, shard_, feed_.metrics()}, asked->id, Asks::kToWork,
        [this, call, id = asked->id](const std::string& owner) { claim_one(call, id, owner); });
  }
  Result<Task> (Feed::*said)(const Task&, const Report&) = verb == "heartbeat"  ? &Feed::heartbeat
                                                           : verb == "complete" ? &Feed::complete
                                                           : verb == "fail"     ? &Feed::fail
                                                                                : nullptr;
  Result<Task> (Feed::*wanted)(const Task&) = verb == "cancel"  ? &Feed::cancel
                                              : verb == "retry" ? &Feed::retry
                                                                : nullptr;
  if (said == nullptr && wanted == nullptr) return call->fail(not_found(*call));
  const auto kind = wanted != nullptr    ? ReportKind::kNothing
                    : verb == "complete" ? ReportKind::kComplete
                    : verb == "fail"     ? ReportKind::kFail
                                         : ReportKind::kHeartbeat;
  auto report = read_report(call->body(), kind, call->settings().task_feed);
  if (!report) return call->fail(report.error());
  with_owner(
      {call, hub_, shard_, feed_.metrics()}, asked->id,
      wanted != nullptr ? Asks::kToChange : Asks::kToWork,
      [this, call, id = asked->id, said, wanted, report = *report](const std::string& owner) {
        run(call, id, owner, [said, wanted, report](Feed& feed, const Task& task) {
          return said != nullptr ? (feed.*said)(task, report) : (feed.*wanted)(task);
        });
      });
}

void WorkerApi::patch_one(const CallPtr& call) {
  const auto asked = asked_of(*call);
  if (!asked || asked->verb != "progress") return call->fail(not_found(*call));
  auto report = read_report(call->body(), ReportKind::kProgress, call->settings().task_feed);
  if (!report) return call->fail(report.error());
  with_owner({call, hub_, shard_, feed_.metrics()}, asked->id, Asks::kToWork,
             [this, call, id = asked->id, report = *report](const std::string& owner) {
               run(call, id, owner, [report](Feed& feed, const Task& task) {
                 return feed.progress(task, report, Heart::kBeats);
               });
             });
}

void WorkerApi::claim_one(const CallPtr& call, const std::string& id, const std::string& owner) {
  auto request = read_claim(call->body());
  if (!request) return call->fail(request.error());
  auto json = std::make_shared<std::string>();
  feed_.change(
      shard_,
      [id, owner, worker = request->worker, json,
       epoch = hub_.log().epoch()](const Commit& commit) {
        return with_task(commit, id, owner, [&](Feed& feed, const Task& task) -> Result<> {
          auto claimed = feed.claim(task, worker);
          if (!claimed) return claimed.error();
          auto answer = claimed_json(commit, *claimed, epoch);
          if (!answer) return answer.error();
          *json = std::move(*answer);
          return {};
        });
      },
      [call, json](const Result<>& outcome) {
        if (!outcome) return call->fail(outcome.error());
        call->respond_json(*json);
      });
}

void WorkerApi::claim(const CallPtr& call) {
  auto request = read_claim(call->body());
  if (!request) return call->fail(request.error());
  if (request->owner.empty()) request->owner = call->target().get("user").value_or("");
  if (request->owner.empty()) {
    // Who may not work for everybody works for themselves.
    if (auto granted = has_right_to_all(*call, kWorkGrant); !granted) {
      auto user = acting_user(*call);
      if (!user) return call->fail(granted.error());
      request->owner = std::move(*user);
    } else if (auto room = admit_change(*call); !room) {
      return call->fail(room.error());
    }
  }
  if (!request->owner.empty()) {
    if (auto granted = may_work_for(*call, request->owner); !granted) {
      return call->fail(granted.error());
    }
  }
  const auto longest =
      std::chrono::duration_cast<std::chrono::seconds>(call->settings().task_feed.claim_wait_max);
  const auto wait =
      api::query_number(*call, "wait", 0, static_cast<std::uint32_t>(longest.count()), 0);
  if (!wait) return call->fail(wait.error());
  const auto claiming = std::make_shared<Claiming>(
      Claiming{call, std::move(*request), hub_.clock().steady() + std::chrono::seconds(*wait)});
  // Who goes away while it waits must not take a task along.
  if (*wait > 0) call->exchange().abort_at_end_of_input();
  look_for_task(claiming);
}

void WorkerApi::look_for_task(const std::shared_ptr<Claiming>& claiming) {
  struct Found {
    std::uint64_t offers = 0;
    Task task;
    std::string json;
  };
  auto found = std::make_shared<Found>();
  feed_.change(
      shard_,
      [this, claiming, found, epoch = hub_.log().epoch()](const Commit& commit) -> Result<> {
        *found = {.offers = feed_.offers(), .task = {}, .json = {}};
        auto oldest = store::oldest_pending(commit.state, claiming->request.owner);
        if (!oldest) return oldest.error();
        if (!*oldest) return {};
        return Feed::with(commit, (**oldest).owner, [&](Feed& feed) -> Result<> {
          auto claimed = feed.claim(**oldest, claiming->request.worker);
          if (!claimed) return claimed.error();
          auto json = claimed_json(commit, *claimed, epoch);
          if (!json) return json.error();
          found->json = std::move(*json);
          found->task = std::move(*claimed);
          return {};
        });
      },
      [this, claiming, found](const Result<>& outcome) {
        // What it was woken for is still there if it has got another one, or none.
        const auto offered = std::exchange(claiming->offered, {});
        if (!offered.empty() && found->task.owner != offered) feed_.pass_on(offered);
        if (!outcome) return claiming->call->fail(outcome.error());
        if (!found->json.empty()) return hand_over(claiming, found->task, found->json);
        wait_for_task(claiming, found->offers);
      });
}

/// A client that has gone meanwhile would keep the task until it is stalled.
void WorkerApi::hand_over(const std::shared_ptr<Claiming>& claiming, const Task& task,
                          const std::string& json) {
  if (claiming->call->exchange().alive()) return claiming->call->respond_json(json);
  feed_.change(
      shard_,
      [id = task.id, attempt = task.attempt](const Commit& commit) {
        return with_task(commit, id, {}, [&](Feed& feed, const Task& now) -> Result<> {
          auto back = feed.give_back(now, attempt);
          if (!back) return back.error();
          return {};
        });
      },
      [](const Result<>&) {});
}

void WorkerApi::wait_for_task(const std::shared_ptr<Claiming>& claiming, std::uint64_t offers) {
  auto& exchange = claiming->call->exchange();
  if (!exchange.alive()) return;
  const auto id = feed_.new_waiter();
  waiting_[id] = claiming;
  if (hub_.clock().steady() >= claiming->until) {
    return wake(id, ClaimWaiter::End::kOver, {});
  }
  exchange.on_abort([this, id] {
    if (waiting_.erase(id) != 0) feed_.leave(id);
  });
  feed_.wait_for_task(
      offers, {.id = id,
               .owner = claiming->request.owner,
               .until = claiming->until,
               .wake = [this, id](ClaimWaiter::End end, const std::string& owner) {
                 hub_.shard(shard_).answer([this, id, end, owner] { wake(id, end, owner); });
               }});
}

void WorkerApi::wake(std::uint64_t id, ClaimWaiter::End end, const std::string& owner) {
  using enum ClaimWaiter::End;
  const auto found = waiting_.extract(id);
  if (found.empty()) {
    // It has gone since: the task is the next one's.
    if (end == kOffered) feed_.pass_on(owner);
    return;
  }
  const auto& claiming = found.mapped();
  claiming->offered = owner;
  if (end == kOffered || end == kAgain) return look_for_task(claiming);
  if (end == kRefused) {
    auto refused = make_error(ErrorCode::kTooManyRequests, "as many workers wait as may");
    refused.retry_after_seconds = 1;
    return claiming->call->fail(refused);
  }
  answer_empty(claiming->call);
}

}  // namespace weir::apps::task_feed
