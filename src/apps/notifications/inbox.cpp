#include "apps/notifications/inbox.hpp"

#include <fmt/format.h>

#include <utility>

#include "apps/notifications/addresses.hpp"
#include "apps/notifications/deliveries.hpp"
#include "apps/notifications/told_before.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::apps::notifications {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

/// Of one that comes. After the limit was lowered there are more to remove, and publishers wait.
constexpr int kEvictionsMax = 4;

Notification made_of(const Draft& draft, const std::string& user, base::UnixMillis now) {
  Notification one;
  one.user = user;
  one.type = draft.type;
  one.title = draft.title;
  one.body = draft.body;
  one.severity = draft.severity.value_or(Severity::kInfo);
  one.action_url = draft.action_url;
  one.actions = draft.actions;
  one.group_key = draft.group_key;
  one.dedupe_key = draft.dedupe_key;
  one.data = draft.data;
  one.channels = draft.channels.value_or("");
  one.created_at = now;
  one.expires_at = draft.expires_at;
  return one;
}

/// Does it to the notification; false if it is so already.
bool apply(const Change& change, Notification& one, base::UnixMillis now) {
  using Kind = Change::Kind;
  const auto move_to = [&](Place place) {
    if (one.place == place && place != Place::kSnoozed) return false;
    one.place = place;
    if (place == Place::kInbox) one.came_at = now;
    one.archived_at = place == Place::kArchive ? now : 0;
    one.snoozed_until = place == Place::kSnoozed ? change.until : 0;
    return true;
  };
  switch (change.kind) {
    case Kind::kSeen:
      if (one.seen_at != 0) return false;
      one.seen_at = now;
      return true;
    case Kind::kRead:
      if (one.read_at != 0) return false;
      one.read_at = now;
      if (one.seen_at == 0) one.seen_at = now;
      return true;
    case Kind::kUnread:
      return std::exchange(one.read_at, 0) != 0;
    case Kind::kArchive:
      return move_to(Place::kArchive);
    case Kind::kUnarchive:
      return one.place == Place::kArchive && move_to(Place::kInbox);
    case Kind::kSnooze:
      return move_to(Place::kSnoozed);
    case Kind::kUnsnooze:
      return one.place == Place::kSnoozed && move_to(Place::kInbox);
  }
  return false;
}

}  // namespace

Inbox::Inbox(const Commit& commit, std::string user, StoredUser stored)
    : commit_(commit),
      user_(std::move(user)),
      stored_(std::move(stored)),
      preferences_(Preferences::stored(stored_.preferences)) {}

Result<> Inbox::with(const Commit& commit, const std::string& user,
                     const std::function<Result<>(Inbox&)>& commands) {
  auto stored = store::user(commit.state(), user);
  if (!stored) return stored.error();
  const auto before = stored->counters;
  Inbox inbox(commit, user, std::move(*stored));
  if (auto done = commands(inbox); !done) return done;
  if (inbox.counters() == before) return {};
  return store::save_counters(commit.state(), user, inbox.counters());
}

Result<Told> Inbox::tell(const Draft& draft) {
  const auto now = commit_.now();
  const auto& key = draft.dedupe_key;
  if (!key.empty()) {
    const auto since = now - commit_.settings.dedupe_window.count();
    const auto earlier = told_before::find(commit_.state(), user_, key, since);
    if (!earlier) return earlier.error();
    if (*earlier) {
      commit_.metrics.duplicates.add();
      return Told{.id = **earlier, .duplicate = true};
    }
  }
  auto one = made_of(draft, user_, now);
  auto told = draft.transient          ? show(one)
              : draft.deliver_at > now ? schedule(std::move(one), draft.deliver_at)
                                       : bring(std::move(one));
  if (!told || told->refused || key.empty()) return told;
  auto remembered = told_before::remember(commit_.state(), user_, key, told->id, now);
  if (!remembered) return remembered.error();
  return told;
}

Result<Told> Inbox::show(const Notification& one) {
  const bool wanted = preferences_.wants(one.type, "inbox");
  if (wanted || one.severity == Severity::kCritical) alert(to_json(one, false));
  return Told{};
}

Result<Told> Inbox::schedule(Notification one, base::UnixMillis deliver_at) {
  if (counters().scheduled >= commit_.settings.per_user_max) {
    commit_.metrics.refused.add();
    return Told{.refused = true};
  }
  one.id = commit_.ids.next(commit_.now());
  one.place = Place::kScheduled;
  one.deliver_at = deliver_at;
  stored_.counters.add(one);
  commit_.effects.note_due(one.due_at());
  if (auto put = store::insert(commit_.state(), one); !put) return put.error();
  return Told{.id = one.id};
}

/// Into the inbox: as one more of its group, or as a new one.
Result<Told> Inbox::bring(Notification one) {
  const auto group = group_of(one);
  if (!group) return group.error();
  one.id = *group ? (**group).id : commit_.ids.next(commit_.now());
  const auto up = *group ? merge(**group, one) : come_up(nullptr, one, Way::kNew, true);
  if (!up) return up.error();
  return Told{.id = one.id};
}

/// The one that it becomes part of, if there is one.
Result<std::optional<Notification>> Inbox::group_of(const Notification& one) {
  if (one.group_key.empty()) return std::optional<Notification>();
  return store::find_group(commit_.state(), user_, one.type, one.group_key);
}

Result<> Inbox::merge(const Notification& group, Notification one) {
  one.id = group.id;
  one.count = group.count + 1;
  commit_.metrics.merged.add();
  return come_up(&group, std::move(one), Way::kStored, true);
}

/// It is news: first in the list, and unread, but for who does not want it there.
Result<> Inbox::come_up(const Notification* before, Notification one, Way way, bool send) {
  const auto now = commit_.now();
  const bool wanted = preferences_.wants(one.type, "inbox");
  const auto quiet_until =
      one.severity == Severity::kCritical ? std::nullopt : preferences_.quiet_until(now);
  one.place = wanted ? Place::kInbox : Place::kArchive;
  one.seen_at = one.read_at = one.archived_at = wanted ? 0 : now;
  one.snoozed_until = one.deliver_at = 0;
  one.came_at = now;
  one.order = stored_.counters.rev + 1;
  commit_.metrics.told.add();
  const auto* const event = wanted ? "notification" : "notification.updated";
  if (auto done = put(before, one, way, event); !done) return done;
  // Also to who does not want its type in the inbox: that is what critical means.
  if (one.severity == Severity::kCritical) alert(to_json(one, false));
  if (send) {
    if (auto sent = send_out(one, quiet_until); !sent) return sent;
  }
  return make_room(one.id);
}

Result<Notification> Inbox::change(std::int64_t id, const Change& change) {
  auto found = store::find(commit_.state(), user_, id);
  if (!found) return found.error();
  if (!*found || (**found).place == Place::kScheduled) {
    return make_error(ErrorCode::kNotFound, id_text(id));
  }
  if (change.kind == Change::Kind::kSnooze && change.until <= commit_.now()) {
    return make_error(ErrorCode::kBadRequest, "the time to snooze until is over");
  }
  const auto& before = **found;
  auto after = before;
  if (!apply(change, after, commit_.now())) return after;
  commit_.metrics.changed.add();
  auto done = put(&before, after, Way::kStored, "notification.updated");
  if (!done) return done.error();
  return after;
}

Result<> Inbox::mark_all(std::uint64_t up_to_rev, bool read) {
  auto open = store::count_open(commit_.state(), user_, up_to_rev);
  if (!open) return open.error();
  if (open->unseen == 0 && (!read || open->unread == 0)) return {};
  auto& counters = stored_.counters;
  ++counters.rev;
  counters.unseen -= open->unseen;
  if (read) counters.unread -= open->unread;
  auto marked =
      store::mark_open(commit_.state(), user_, up_to_rev, commit_.now(), counters.rev, read);
  if (!marked) return marked;
  commit_.metrics.changed.add(read ? open->unread : open->unseen);
  // It tells of all of them at once, so it is the only event of its rev.
  append("badge", "badge",
         fmt::format(R"("count":{},"{}":{},"at":{})", counters.unread,
                     read ? "readUpToRev" : "seenUpToRev", up_to_rev, commit_.now()));
  return {};
}

Result<> Inbox::remove(std::int64_t id) {
  auto found = store::find(commit_.state(), user_, id);
  if (!found) return found.error();
  if (!*found || (**found).place == Place::kScheduled) {
    return make_error(ErrorCode::kNotFound, id_text(id));
  }
  commit_.metrics.removed.add();
  return take_out(**found);
}

Result<> Inbox::call_off(std::int64_t id) {
  auto found = store::find(commit_.state(), user_, id);
  if (!found) return found.error();
  if (!*found || (**found).place != Place::kScheduled) {
    return make_error(ErrorCode::kNotFound, id_text(id));
  }
  commit_.metrics.removed.add();
  return take_out(**found);
}

Result<> Inbox::come_due(const Notification& one) {
  // It was when it was looked for, and has become part of another since.
  if (one.due_at() == 0 || one.due_at() > commit_.now()) return {};
  if (one.expires_at != 0 && one.expires_at <= commit_.now()) {
    commit_.metrics.expired.add();
    return take_out(one);
  }
  if (one.place == Place::kSnoozed) return come_up(&one, one, Way::kStored, false);
  auto after = one;
  after.created_at = commit_.now();
  const auto group = group_of(one);
  if (!group) return group.error();
  if (!*group) return come_up(&one, after, Way::kStored, true);
  if (auto gone = take_out(one); !gone) return gone;
  return merge(**group, after);
}

Result<> Inbox::retire(const Notification& one) {
  commit_.metrics.removed.add();
  return take_out(one);
}

Result<> Inbox::put(const Notification* before, Notification& after, Way way,
                    std::string_view event) {
  auto& counters = stored_.counters;
  const auto old = counters;
  if (before != nullptr) counters.subtract(*before);
  counters.add(after);
  after.rev = ++counters.rev;
  auto put = way == Way::kNew ? store::insert(commit_.state(), after)
                              : store::update(commit_.state(), after);
  if (!put) return put;
  commit_.effects.note_due(after.due_at());
  append(event, id_text(after.id),
         fmt::format(R"("count":{},"notification":{})", counters.unread, to_json(after, false)));
  append_badge_if_moved(old);
  return {};
}

Result<> Inbox::take_out(const Notification& one) {
  auto& counters = stored_.counters;
  if (auto removed = store::remove(commit_.state(), one.id); !removed) return removed;
  if (one.place == Place::kScheduled) {
    // Nobody has seen it.
    counters.subtract(one);
    return {};
  }
  const auto withdrawn = deliveries::remove_of(commit_.state(), one.id);
  if (!withdrawn) return withdrawn.error();
  commit_.metrics.cancelled.add(*withdrawn);
  const auto old = counters;
  counters.subtract(one);
  ++counters.rev;
  append("notification.removed", id_text(one.id),
         fmt::format(R"("count":{},"id":"{}")", counters.unread, id_text(one.id)));
  append_badge_if_moved(old);
  return {};
}

Result<> Inbox::make_room(std::int64_t newest) {
  for (int gone = 0; gone < kEvictionsMax; ++gone) {
    if (counters().kept() <= commit_.settings.per_user_max) return {};
    auto oldest = store::find_oldest(commit_.state(), user_);
    if (!oldest) return oldest.error();
    if (!*oldest || (**oldest).id == newest) return {};
    if (auto retired = retire(**oldest); !retired) return retired;
  }
  return {};
}

Result<> Inbox::send_out(const Notification& one, std::optional<base::UnixMillis> quiet_until) {
  if (one.channels.empty() || commit_.channels.empty()) return {};
  const auto names = proto::read_texts(one.channels, std::size(kChannels));
  if (!names) return names.error();
  auto addresses = Addresses::parse(stored_.addresses);
  const auto known = addresses ? std::move(*addresses) : Addresses();
  for (const auto& channel : *names) {
    if (!commit_.channels.contains(channel) || !preferences_.wants(one.type, channel)) continue;
    auto to = known.of(channel);
    // The site's own address stands in the settings, and is one for all users.
    if (channel == "webhook") to.emplace_back();
    for (auto& address : to) {
      Delivery delivery;
      delivery.id = commit_.ids.next(commit_.now());
      delivery.notification = one.id;
      delivery.user = user_;
      delivery.channel = channel;
      delivery.address = std::move(address);
      delivery.payload = to_json(one, true);
      delivery.next_at = quiet_until.value_or(commit_.now());
      delivery.created_at = commit_.now();
      if (auto put = deliveries::insert(commit_.state(), delivery); !put) return put;
      commit_.effects.note_due(delivery.next_at);
      commit_.metrics.deliveries.add();
    }
  }
  return {};
}

void Inbox::append(std::string_view type, std::string_view key, std::string members) {
  proto::Event event;
  event.topics.push_back(topic_of(user_));
  event.type = type;
  event.key = key;
  event.data = fmt::format("{{{},{}}}", counters_members(counters()), members);
  commit_.transaction.append(std::move(event));
}

void Inbox::append_badge_if_moved(const Counters& before) {
  if (before.unread == counters().unread && before.unseen == counters().unseen) return;
  append("badge", "badge", fmt::format(R"("count":{})", counters().unread));
}

void Inbox::alert(std::string notification) {
  commit_.metrics.alerts.add();
  proto::Event event;
  event.topics.push_back(topic_of(user_));
  event.type = "alert";
  event.flags = proto::kEphemeral;
  event.data = fmt::format(R"({{{},"count":{},"notification":{}}})", counters_members(counters()),
                           counters().unread, notification);
  commit_.effects.alerts.push_back(std::move(event));
}

}  // namespace weir::apps::notifications
