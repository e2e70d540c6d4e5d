#include "apps/notifications/telling.hpp"

#include <fmt/format.h>

#include "apps/notifications/deliveries.hpp"
#include "apps/notifications/told_before.hpp"
#include "apps/notifications/types.hpp"
#include "base/logging.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"

namespace weir::apps::notifications {
namespace {

using base::Result;

std::vector<Audience> audiences_of(const Recipients& to) {
  std::vector<Audience> all;
  for (const auto& name : to.groups) all.push_back({Audience::Kind::kGroup, name});
  for (const auto& name : to.topics) all.push_back({Audience::Kind::kTopic, name});
  if (to.everyone) all.push_back({Audience::Kind::kEveryone});
  return all;
}

Result<> complete_by_type(const Commit& commit, Draft& draft) {
  auto type = types::find(commit.state(), draft.type);
  if (!type) return type.error();
  return complete(draft, type->value_or(NotificationType{}), commit.settings);
}

/// With a broadcast, those whom it has not come to yet: who is in two of its audiences, or named
/// besides, is told once.
Result<std::vector<std::pair<std::string, Told>>> tell_users(const Commit& commit,
                                                             const Draft& draft,
                                                             const std::vector<std::string>& users,
                                                             std::int64_t broadcast) {
  std::vector<std::pair<std::string, Told>> all;
  for (const auto& user : users) {
    if (broadcast != 0) {
      const auto first = told_before::reach(commit.state(), broadcast, user);
      if (!first) return first.error();
      if (!*first) continue;
    }
    auto done = Inbox::with(commit, user, [&](Inbox& inbox) -> Result<> {
      auto told = inbox.tell(draft);
      if (!told) return told.error();
      all.emplace_back(user, *told);
      return {};
    });
    if (!done) return done.error();
  }
  return all;
}

Result<> room_for_broadcast(const Commit& commit) {
  const auto under_way = audience::under_way(commit.state());
  if (!under_way) return under_way.error();
  if (*under_way < commit.settings.broadcasts_max) return {};
  commit.metrics.broadcasts_refused.add();
  return base::make_error(base::ErrorCode::kTooManyBroadcasts,
                          fmt::format("the limit is {}", commit.settings.broadcasts_max));
}

/// Its settings, or its type, may have changed since it was taken, so that it is not valid any
/// more.
Result<NotifyRequest> read_broadcast(const Commit& commit, const Broadcast& broadcast) {
  auto request = read_notify_request(broadcast.body, commit.settings, broadcast.created_at);
  if (!request) return request;
  if (auto completed = complete_by_type(commit, request->draft); !completed) {
    return completed.error();
  }
  return request;
}

/// It has come to everybody: whom it had come to is forgotten first, a part in each commit.
Result<> finish(const Commit& commit, const Broadcast& broadcast, std::size_t limit) {
  const auto forgotten = told_before::forget_reached(commit.state(), broadcast.id, limit);
  if (!forgotten) return forgotten.error();
  if (!*forgotten) return {};
  if (auto gone = audience::finish(commit.state(), broadcast.id); !gone) return gone.error();
  base::log_info("notifications.broadcast_done", "users={}", broadcast.told);
  return {};
}

Result<bool> visit_each(const Commit& commit, const Result<std::vector<Notification>>& found,
                        std::size_t limit, Result<> (Inbox::*act)(const Notification&)) {
  if (!found) return found.error();
  for (const auto& one : *found) {
    // What was done to those before it may have changed it, or taken it away to make room.
    auto now = store::find(commit.state(), one.user, one.id);
    if (!now) return now.error();
    if (!*now) continue;
    auto done = Inbox::with(commit, one.user, [&](Inbox& inbox) { return (inbox.*act)(**now); });
    if (!done) return done.error();
  }
  return found->size() < limit;
}

std::string answer_of(const TellOutcome& outcome, const std::string& cursor) {
  std::string list;
  for (const auto& [user, told] : outcome.told) {
    if (!list.empty()) list.push_back(',');
    list += fmt::format(R"({{"id":{},"userId":{},"duplicate":{}}})",
                        told.id == 0 ? "null" : fmt::format("\"{}\"", id_text(told.id)),
                        proto::json_string(user), told.duplicate);
  }
  return fmt::format(
      R"({{"notifications":[{}],"broadcast":{},"cursor":"{}"}})", list,
      outcome.broadcast == 0
          ? "null"
          : fmt::format("\"brc_{:016x}\"", static_cast<std::uint64_t>(outcome.broadcast)),
      cursor);
}

}  // namespace

Result<TellOutcome> tell(const Commit& commit, NotifyRequest request, std::string body) {
  TellOutcome outcome;
  auto& draft = request.draft;
  if (auto completed = complete_by_type(commit, draft); !completed) return completed.error();
  if (!request.recipients.by_name_only()) {
    if (auto room = room_for_broadcast(commit); !room) return room.error();
    Broadcast broadcast;
    broadcast.id = outcome.broadcast = commit.ids.next(commit.now());
    broadcast.body = std::move(body);
    broadcast.created_at = commit.now();
    if (auto begun = audience::begin(commit.state(), broadcast); !begun) return begun.error();
    commit.effects.note_due(commit.now());
  }
  auto told = tell_users(commit, draft, request.recipients.users, outcome.broadcast);
  if (!told) return told.error();
  for (const auto& [user, each] : *told) {
    if (!each.refused) continue;
    return wrong_member("deliverAt", fmt::format("is refused: {} are scheduled for {} already",
                                                 commit.settings.per_user_max, user));
  }
  outcome.told = std::move(*told);
  return outcome;
}

Result<std::string> tell_once(const Commit& commit, const once::Key& key,
                              const NotifyRequest& request, const std::string& body,
                              base::Epoch epoch) {
  return once::run(commit.transaction, key, [&]() -> Result<std::string> {
    auto outcome = tell(commit, request, body);
    if (!outcome) return outcome.error();
    return answer_of(*outcome, proto::to_string({epoch, commit.transaction.head()}));
  });
}

Result<std::int64_t> step_broadcast(const Commit& commit, std::size_t limit, std::int64_t last) {
  auto next = audience::next(commit.state(), last);
  if (!next) return next.error();
  if (!*next) return std::int64_t{0};
  auto& broadcast = **next;
  auto request = read_broadcast(commit, broadcast);
  if (!request) {
    base::log_warning("notifications.broadcast_dropped", "error=\"{}\"", request.error().message());
    if (auto done = finish(commit, broadcast, limit); !done) return done.error();
    return broadcast.id;
  }
  const auto audiences = audiences_of(request->recipients);
  if (broadcast.audience >= audiences.size()) {
    if (auto done = finish(commit, broadcast, limit); !done) return done.error();
    return broadcast.id;
  }
  auto users =
      audience::members(commit.state(), audiences[broadcast.audience], broadcast.after_user, limit);
  if (!users) return users.error();
  // In one audience nobody is twice.
  const bool once = audiences.size() > 1 || !request->recipients.users.empty();
  const auto told = tell_users(commit, request->draft, *users, once ? broadcast.id : 0);
  if (!told) return told.error();
  broadcast.told += told->size();
  if (users->size() < limit) {
    ++broadcast.audience;
    broadcast.after_user.clear();
  } else {
    broadcast.after_user = users->back();
  }
  if (auto saved = audience::save_progress(commit.state(), broadcast); !saved) {
    return saved.error();
  }
  return broadcast.id;
}

Result<bool> step_due(const Commit& commit, std::size_t limit) {
  return visit_each(commit, store::due(commit.state(), commit.now(), limit), limit,
                    &Inbox::come_due);
}

Result<bool> step_retention(const Commit& commit, std::size_t limit) {
  const auto window = commit.settings.dedupe_window.count();
  const auto keys = told_before::forget_older(commit.state(), commit.now() - window, limit);
  if (!keys) return keys;
  const auto age = commit.settings.retention.count();
  if (age == 0) return keys;
  const auto first_kept = commit.now() - age;
  const auto records = deliveries::remove_older(commit.state(), Ids::first_at(first_kept), limit);
  if (!records) return records;
  const auto rest =
      visit_each(commit, store::older(commit.state(), first_kept, limit), limit, &Inbox::retire);
  if (!rest) return rest;
  return *keys && *records && *rest;
}

}  // namespace weir::apps::notifications
