#include "apps/notifications/api/scheduled_api.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "apps/notifications/inbox.hpp"
#include "apps/notifications/store.hpp"
#include "apps/view/answers.hpp"
#include "apps/view/caller.hpp"

namespace weir::apps::notifications {
namespace {

using api::CallPtr;
using base::ErrorCode;
using base::make_error;
using base::Result;

struct Asked {
  std::string user;
  std::int64_t id = 0;
};

/// `?user=` says whose it is. kForbidden for who may not tell that user anything.
Result<Asked> asked_of(const api::Call& call) {
  const auto id = parse_id(call.rest());
  if (!id) return make_error(ErrorCode::kNotFound, call.target().raw_path);
  const auto user = call.target().get("user");
  if (!user) return make_error(ErrorCode::kBadRequest, "user= says whose notification it is");
  const std::string users[] = {std::string(*user)};
  if (auto granted = may_produce(call, "notifications", users); !granted) return granted.error();
  return Asked{users[0], *id};
}

}  // namespace

void ScheduledApi::add_routes(api::Router& router) {
  const auto add = [&](std::string method, void (ScheduledApi::*handle)(const CallPtr&)) {
    router.add(std::move(method), "/api/notifications/scheduled/",
               {[this, handle](const CallPtr& call) { (this->*handle)(call); },
                {},
                {},
                {},
                api::Audience::kKnown});
  };
  add("GET", &ScheduledApi::get);
  add("DELETE", &ScheduledApi::remove);
}

void ScheduledApi::get(const CallPtr& call) {
  const auto asked = asked_of(*call);
  if (!asked) return call->fail(asked.error());
  view_.answer(call,
               [asked = *asked](log::State& state, const std::string& cursor) -> Result<ViewState> {
                 const auto found = store::find(state, asked.user, asked.id);
                 if (!found) return found.error();
                 if (!*found || (**found).place != Place::kScheduled) {
                   return make_error(ErrorCode::kNotFound, id_text(asked.id));
                 }
                 return ViewState{.json = fmt::format(R"({{"notification":{},"cursor":"{}"}})",
                                                      to_json(**found, true), cursor)};
               });
}

void ScheduledApi::remove(const CallPtr& call) {
  const auto asked = asked_of(*call);
  if (!asked) return call->fail(asked.error());
  notifications_.change(
      shard_,
      [asked = *asked](const Commit& commit) {
        return Inbox::with(commit, asked.user,
                           [&](Inbox& inbox) { return inbox.call_off(asked.id); });
      },
      [call](const Result<>& outcome) {
        if (!outcome) return call->fail(outcome.error());
        answer_empty(call);
      });
}

}  // namespace weir::apps::notifications
