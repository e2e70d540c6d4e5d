#include "apps/task_feed/api/whose_task.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "apps/task_feed/counted_state.hpp"
#include "apps/task_feed/store.hpp"
#include "apps/view/caller.hpp"

namespace weir::apps::task_feed {

using base::ErrorCode;
using base::Result;

Result<> may_work_for(const api::Call& call, const std::string& owner) {
  const std::string owners[] = {owner};
  return may_produce(call, kWorkGrant, owners);
}

namespace {

/// Whether it may ask, whose task it is not.
Result<> may_ask(const api::Call& call, const std::string& owner, Asks asks) {
  if (asks != Asks::kToRead) return may_work_for(call, owner);
  return call.gate().may_publish_to(call.access(), fmt::format("{}/{}", kWorkGrant, owner));
}

}  // namespace

void with_owner(const TaskCall& asked, const std::string& id, Asks asks,
                std::function<void(const std::string&)> then) {
  const auto& call = asked.call;
  const auto named = std::string(call->target().get("user").value_or(""));
  // To whom the task is as good as their own.
  const auto admit = [call, asks, then](const std::string& owner) {
    if (asks != Asks::kToRead) {
      if (auto room = admit_change(*call); !room) return call->fail(room.error());
    }
    then(owner);
  };
  if (is_admin(*call)) return admit(named);
  auto owner = std::make_shared<std::string>();
  asked.hub.log().read_state(
      [id, owner, &metrics = asked.metrics](log::State& state, base::Sequence) -> Result<> {
        CountedState counted(state, metrics);
        auto found = store::find(counted, id);
        if (!found) return found.error();
        if (*found) *owner = (**found).owner;
        return {};
      },
      [&shard = asked.hub.shard(asked.shard), call, named, asks, owner, admit,
       then = std::move(then)](const Result<>& outcome) {
        shard.answer([=] {
          if (!outcome) return call->fail(outcome.error());
          const auto missing = base::make_error(ErrorCode::kNotFound, call->target().raw_path);
          if (owner->empty() || (!named.empty() && named != *owner)) return call->fail(missing);
          if (asks != Asks::kToWork) {
            const auto user = acting_user(*call);
            if (user && *user == *owner) return admit(*owner);
          }
          auto granted = may_ask(*call, *owner, asks);
          if (granted) return then(*owner);
          // Whether somebody else has a task by this name is not theirs to know.
          call->fail(granted.error().code == ErrorCode::kForbidden ? missing : granted.error());
        });
      });
}

}  // namespace weir::apps::task_feed
