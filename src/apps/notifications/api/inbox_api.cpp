#include "apps/notifications/api/inbox_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "access/crypto.hpp"
#include "api/query_number.hpp"
#include "apps/notifications/deliveries.hpp"
#include "apps/notifications/store.hpp"
#include "apps/view/caller.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::apps::notifications {
namespace {

using api::CallPtr;
using base::ErrorCode;
using base::make_error;
using base::Result;

constexpr std::uint32_t kPage = 50;
/// What a stream begins with: a first page's worth.
constexpr std::size_t kSnapshotMax = 20;
constexpr std::size_t kDepthMax = 4;
constexpr std::uint64_t kNewest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSnoozeSecondsMax = 366LL * 24 * 3'600;

std::string list_json(const std::vector<Notification>& all, bool whole) {
  std::string json;
  for (const auto& one : all) {
    if (!json.empty()) json.push_back(',');
    json += to_json(one, whole);
  }
  return json;
}

Result<store::Tab> read_tab(const api::Call& call) {
  const auto name = call.target().get("tab").value_or("inbox");
  if (name == "inbox") return store::Tab::kInbox;
  if (name == "unread") return store::Tab::kUnread;
  if (name == "archived") return store::Tab::kArchived;
  if (name == "snoozed") return store::Tab::kSnoozed;
  return make_error(ErrorCode::kBadRequest, "tab is one of inbox, unread, archived, snoozed");
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number > kNewest) return std::nullopt;
  return number;
}

Result<std::uint64_t> read_before(const api::Call& call) {
  const auto text = call.target().get("before");
  if (!text) return kNewest;
  const auto before = parse_number(*text);
  if (!before) return make_error(ErrorCode::kBadRequest, "before takes what nextBefore said");
  return *before;
}

/// `{"upToRev": n}`; without a body everything that there is.
Result<std::uint64_t> read_up_to(const api::Call& call) {
  std::uint64_t up_to = kNewest;
  if (call.body().empty()) return up_to;
  auto read = proto::read_object(
      call.body(), kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> Result<> {
        const auto* number = std::get_if<std::int64_t>(&value.content);
        if (name != "upToRev" || number == nullptr || *number < 0) {
          return make_error(ErrorCode::kBadRequest, "the body is {\"upToRev\":n}");
        }
        up_to = static_cast<std::uint64_t>(*number);
        return {};
      });
  if (!read) return read.error();
  return up_to;
}

/// `{"until": time}` or `{"for": seconds}`.
Result<base::UnixMillis> read_until(const api::Call& call, base::UnixMillis now) {
  base::UnixMillis until = 0;
  auto read = proto::read_object(
      call.body(), kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> Result<> {
        if (name == "until") return take_time(name, value, until);
        const auto* seconds = std::get_if<std::int64_t>(&value.content);
        if (name != "for" || seconds == nullptr || *seconds <= 0 || *seconds > kSnoozeSecondsMax) {
          return make_error(ErrorCode::kBadRequest,
                            "the body is {\"until\":time} or {\"for\":seconds}, a year at most");
        }
        until = now + *seconds * 1'000;
        return {};
      });
  if (!read) return read.error();
  if (until <= now || until > now + kSnoozeSecondsMax * 1'000) {
    return make_error(ErrorCode::kBadRequest, "snoozed until when? within a year from now");
  }
  return until;
}

Result<Change> read_change(const api::Call& call, std::string_view verb, base::UnixMillis now) {
  using Kind = Change::Kind;
  if (verb == "seen") return Change{Kind::kSeen};
  if (verb == "read") return Change{Kind::kRead};
  if (verb == "unread") return Change{Kind::kUnread};
  if (verb == "archive") return Change{Kind::kArchive};
  if (verb == "unarchive") return Change{Kind::kUnarchive};
  if (verb == "unsnooze") return Change{Kind::kUnsnooze};
  if (verb != "snooze") return make_error(ErrorCode::kNotFound, call.target().raw_path);
  auto until = read_until(call, now);
  if (!until) return until.error();
  return Change{Kind::kSnooze, *until};
}

ViewRead snapshot_of(std::string user) {
  return
      [user = std::move(user)](log::State& state, const std::string& cursor) -> Result<ViewState> {
        auto stored = store::user(state, user);
        if (!stored) return stored.error();
        auto newest = store::list(state, user, store::Tab::kInbox, kNewest, kSnapshotMax);
        if (!newest) return newest.error();
        return ViewState{.json = fmt::format(
                             R"({{"userId":{},{},"count":{},"notifications":[{}],"cursor":"{}"}})",
                             proto::json_string(user), all_counters_members(stored->counters),
                             stored->counters.unread, list_json(*newest, false), cursor)};
      };
}

/// What its user knows of. kNotFound.
Result<Notification> find_theirs(log::State& state, const std::string& user, std::int64_t id) {
  auto found = store::find(state, user, id);
  if (!found) return found.error();
  if (!*found || (**found).place == Place::kScheduled) {
    return make_error(ErrorCode::kNotFound, id_text(id));
  }
  return std::move(**found);
}

/// `{id}/{verb}` of the path.
struct Asked {
  std::optional<std::int64_t> id;
  std::string_view verb;
};

Asked asked_of(const api::Call& call) {
  const auto rest = call.rest();
  const auto slash = rest.find('/');
  return {parse_id(rest.substr(0, slash)),
          slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1)};
}

base::Error not_found(const api::Call& call) {
  return make_error(ErrorCode::kNotFound, call.target().raw_path);
}

}  // namespace

void InboxApi::add_routes(api::Router& router) {
  const auto add = [&](std::string method, std::string path, auto handle) {
    router.add(std::move(method), std::move(path),
               {std::move(handle), {}, {}, {}, api::Audience::kKnown});
  };
  add("GET", "/api/notifications", [this](const CallPtr& call) { list(call); });
  add("GET", "/api/notifications/counts", [this](const CallPtr& call) { counts(call); });
  add("GET", "/api/notifications/stream", [this](const CallPtr& call) { stream(call); });
  add("GET", "/api/notifications/changes", [this](const CallPtr& call) { changes(call); });
  add("POST", "/api/notifications/read-all", [this](const CallPtr& call) { mark_all(call, true); });
  add("POST", "/api/notifications/seen-all",
      [this](const CallPtr& call) { mark_all(call, false); });
  add("GET", "/api/notifications/", [this](const CallPtr& call) { get_one(call); });
  add("POST", "/api/notifications/", [this](const CallPtr& call) { post_one(call); });
  add("DELETE", "/api/notifications/", [this](const CallPtr& call) { remove_one(call); });
}

void InboxApi::list(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  const auto tab = read_tab(*call);
  if (!tab) return call->fail(tab.error());
  const auto before = read_before(*call);
  if (!before) return call->fail(before.error());
  const auto page_max = call->settings().notifications.page_max;
  const auto limit = api::query_number(*call, "limit", 1, page_max, std::min(kPage, page_max));
  if (!limit) return call->fail(limit.error());
  view_.answer(call,
               [user = *user, tab = *tab, before = *before, limit = *limit](
                   log::State& state, const std::string& cursor) -> Result<ViewState> {
                 auto stored = store::user(state, user);
                 if (!stored) return stored.error();
                 // One more than is shown says whether there are more.
                 auto page = store::list(state, user, tab, before, limit + 1);
                 if (!page) return page.error();
                 std::string next = "null";
                 if (page->size() > limit) {
                   page->pop_back();
                   next = std::to_string(page->back().order);
                 }
                 return ViewState{
                     .json = fmt::format(
                         R"({{"userId":{},"notifications":[{}],"nextBefore":{},{},"cursor":"{}"}})",
                         proto::json_string(user), list_json(*page, true), next,
                         all_counters_members(stored->counters), cursor)};
               });
}

void InboxApi::counts(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  view_.answer(
      call, [user = *user](log::State& state, const std::string& cursor) -> Result<ViewState> {
        auto stored = store::user(state, user);
        if (!stored) return stored.error();
        const auto members = all_counters_members(stored->counters);
        // The address is the same for all users.
        return ViewState{.json = fmt::format(R"({{{},"cursor":"{}"}})", members, cursor),
                         .tag = access::fingerprint_of(fmt::format("{}\n{}", user, members))};
      });
}

void InboxApi::stream(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  view_.stream(call, {.topic = topic_of(*user), .snapshot = snapshot_of(*user)});
}

void InboxApi::changes(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  view_.changes(call, {.topic = topic_of(*user), .snapshot = snapshot_of(*user)});
}

void InboxApi::command(const CallPtr& call, const std::string& user,
                       std::function<Result<std::string>(Inbox&)> commands) {
  if (auto room = admit_change(*call); !room) return call->fail(room.error());
  auto json = std::make_shared<std::string>();
  notifications_.change(
      shard_,
      [user, commands = std::move(commands), json,
       epoch = hub_.log().epoch()](const Commit& commit) {
        return Inbox::with(commit, user, [&](Inbox& inbox) -> Result<> {
          auto members = commands(inbox);
          if (!members) return members.error();
          *json = fmt::format(R"({{{}{},"cursor":"{}"}})", *members,
                              all_counters_members(inbox.counters()),
                              proto::to_string({epoch, commit.transaction.head()}));
          return {};
        });
      },
      [call, json](const Result<>& outcome) {
        if (!outcome) return call->fail(outcome.error());
        call->respond_json(*json);
      });
}

void InboxApi::mark_all(const CallPtr& call, bool read) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  const auto up_to = read_up_to(*call);
  if (!up_to) return call->fail(up_to.error());
  command(call, *user, [up_to = *up_to, read](Inbox& inbox) -> Result<std::string> {
    auto marked = inbox.mark_all(std::min(up_to, inbox.counters().rev), read);
    if (!marked) return marked.error();
    return std::string();
  });
}

void InboxApi::get_one(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  const auto [id, verb] = asked_of(*call);
  if (id && verb == "deliveries") return deliveries(call, *user, *id);
  if (!id || !verb.empty()) return call->fail(not_found(*call));
  view_.answer(
      call,
      [user = *user, id = *id](log::State& state, const std::string& cursor) -> Result<ViewState> {
        auto found = find_theirs(state, user, id);
        if (!found) return found.error();
        return ViewState{.json = fmt::format(R"({{"notification":{},"cursor":"{}"}})",
                                             to_json(*found, true), cursor)};
      });
}

void InboxApi::deliveries(const CallPtr& call, const std::string& user, std::int64_t id) {
  view_.answer(call, [user, id](log::State& state, const std::string& cursor) -> Result<ViewState> {
    if (auto theirs = find_theirs(state, user, id); !theirs) return theirs.error();
    auto found = deliveries::of(state, user, id);
    if (!found) return found.error();
    std::string json;
    for (const auto& one : *found) {
      if (!json.empty()) json.push_back(',');
      json += deliveries::to_json(one);
    }
    return ViewState{.json = fmt::format(R"({{"deliveries":[{}],"cursor":"{}"}})", json, cursor)};
  });
}

void InboxApi::post_one(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  const auto [id, verb] = asked_of(*call);
  if (!id) return call->fail(not_found(*call));
  const auto change = read_change(*call, verb, hub_.clock().unix_millis());
  if (!change) return call->fail(change.error());
  command(call, *user, [id = *id, change = *change](Inbox& inbox) -> Result<std::string> {
    auto changed = inbox.change(id, change);
    if (!changed) return changed.error();
    return fmt::format(R"("notification":{},)", to_json(*changed, true));
  });
}

void InboxApi::remove_one(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  const auto [id, verb] = asked_of(*call);
  if (!id || !verb.empty()) return call->fail(not_found(*call));
  command(call, *user, [id = *id](Inbox& inbox) -> Result<std::string> {
    if (auto removed = inbox.remove(id); !removed) return removed.error();
    return std::string();
  });
}

}  // namespace weir::apps::notifications
