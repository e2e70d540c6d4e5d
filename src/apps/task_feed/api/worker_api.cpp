#include "apps/task_feed/api/worker_api.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "access/crypto.hpp"
#include "api/query_number.hpp"
#include "apps/once.hpp"
#include "apps/task_feed/counted_state.hpp"
#include "apps/task_feed/full_task.hpp"
#include "apps/view/caller.hpp"
#include "proto/cursor.hpp"

namespace weir::apps::task_feed {
namespace {

using api::CallPtr;
using base::ErrorCode;
using base::make_error;
using base::Result;

constexpr std::string_view kGrant = "task-feed";

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

Result<> may_work_for(const api::Call& call, const std::string& owner) {
  const std::string owners[] = {owner};
  return may_produce(call, kGrant, owners);
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
  const auto once = request_key(*call, kGrant, what, hub_.clock().unix_millis());
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

void WorkerApi::with_owner(const CallPtr& call, const std::string& id, bool own,
                           std::function<void(const std::string&)> then) {
  const auto named = std::string(call->target().get("user").value_or(""));
  const auto go_on = [call, then](const std::string& owner) {
    if (auto room = admit_change(*call); !room) return call->fail(room.error());
    then(owner);
  };
  if (is_admin(*call)) return go_on(named);
  auto owner = std::make_shared<std::string>();
  hub_.log().read_state(
      [id, owner, &metrics = feed_.metrics()](log::State& state, base::Sequence) -> Result<> {
        CountedState counted(state, metrics);
        auto found = store::find(counted, id);
        if (!found) return found.error();
        if (*found) *owner = (**found).owner;
        return {};
      },
      [this, call, named, own, owner, go_on, then = std::move(then)](const Result<>& outcome) {
        hub_.shard(shard_).answer([=] {
          if (!outcome) return call->fail(outcome.error());
          if (owner->empty() || (!named.empty() && named != *owner)) {
            return call->fail(not_found(*call));
          }
          if (own) {
            const auto user = acting_user(*call);
            if (user && *user == *owner) return go_on(*owner);
          }
          auto granted = may_work_for(*call, *owner);
          if (granted) return then(*owner);
          // Whether somebody else has a task by this name is not theirs to know.
          call->fail(granted.error().code == ErrorCode::kForbidden ? not_found(*call)
                                                                   : granted.error());
        });
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
        call, asked->id, false,
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
  auto report = read_report(call->body(), call->settings().task_feed);
  if (!report) return call->fail(report.error());
  with_owner(
      call, asked->id, wanted != nullptr,
      [this, call, id = asked->id, said, wanted, report = *report](const std::string& owner) {
        run(call, id, owner, [said, wanted, report](Feed& feed, const Task& task) {
          return said != nullptr ? (feed.*said)(task, report) : (feed.*wanted)(task);
        });
      });
}

void WorkerApi::patch_one(const CallPtr& call) {
  const auto asked = asked_of(*call);
  if (!asked || asked->verb != "progress") return call->fail(not_found(*call));
  auto report = read_report(call->body(), call->settings().task_feed);
  if (!report) return call->fail(report.error());
  with_owner(call, asked->id, false,
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
    if (auto granted = has_right_to_all(*call, kGrant); !granted) {
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
  look_for_task(std::make_shared<Claiming>(
      Claiming{call, std::move(*request), hub_.clock().steady() + std::chrono::seconds(*wait)}));
}

void WorkerApi::look_for_task(const std::shared_ptr<Claiming>& claiming) {
  struct Found {
    std::uint64_t offers = 0;
    std::string json;
  };
  auto found = std::make_shared<Found>();
  feed_.change(
      shard_,
      [this, claiming, found, epoch = hub_.log().epoch()](const Commit& commit) -> Result<> {
        *found = {.offers = feed_.offers(), .json = {}};
        auto oldest = store::oldest_pending(commit.state, claiming->request.owner);
        if (!oldest) return oldest.error();
        if (!*oldest) return {};
        return Feed::with(commit, (**oldest).owner, [&](Feed& feed) -> Result<> {
          auto claimed = feed.claim(**oldest, claiming->request.worker);
          if (!claimed) return claimed.error();
          auto json = claimed_json(commit, *claimed, epoch);
          if (!json) return json.error();
          found->json = std::move(*json);
          return {};
        });
      },
      [this, claiming, found](const Result<>& outcome) {
        if (!outcome) return claiming->call->fail(outcome.error());
        if (!found->json.empty()) return claiming->call->respond_json(found->json);
        if (hub_.clock().steady() >= claiming->until) return look_again(claiming, false);
        feed_.wait_for_task(
            found->offers,
            {claiming->request.owner, claiming->until, [this, claiming](bool again) {
               hub_.shard(shard_).answer([this, claiming, again] { look_again(claiming, again); });
             }});
      });
}

void WorkerApi::look_again(const std::shared_ptr<Claiming>& claiming, bool again) {
  if (!claiming->call->exchange().alive()) {
    // Nobody would hear of the task; it is the next one's.
    if (again) feed_.pass_on(claiming->request.owner);
    return;
  }
  if (again) return look_for_task(claiming);
  net::Response response;
  response.status = 204;
  claiming->call->respond(std::move(response));
}

}  // namespace weir::apps::task_feed
