#include "apps/task_feed/api/feed_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "access/crypto.hpp"
#include "api/query_number.hpp"
#include "apps/task_feed/api/whose_task.hpp"
#include "apps/task_feed/counted_state.hpp"
#include "apps/task_feed/full_task.hpp"
#include "apps/task_feed/request.hpp"
#include "apps/task_feed/store.hpp"
#include "apps/view/caller.hpp"

namespace weir::apps::task_feed {
namespace {

using api::CallPtr;
using base::ErrorCode;
using base::make_error;
using base::Result;

constexpr std::uint32_t kPage = 50;

ViewState state_of(const std::string& owner, const Window& window, const std::string& cursor,
                   const FeedFields::Mask& mask) {
  const auto members = window_members(owner, window);
  return {.json = masked(mask, fmt::format(R"({{{},"cursor":"{}"}})", members, cursor)),
          .tag = access::fingerprint_of(members)};
}

Result<std::vector<Status>> read_statuses(const api::Call& call) {
  using enum Status;
  std::vector<Status> all;
  std::string_view text = call.target().get("status").value_or("completed,failed,cancelled");
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto status = parse_status(text.substr(0, comma));
    if (!status) {
      return make_error(ErrorCode::kBadRequest,
                        "status takes pending, processing, stalled, completed, failed, cancelled, "
                        "or several with commas between");
    }
    if (std::find(all.begin(), all.end(), *status) == all.end()) all.push_back(*status);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  const auto over = std::count_if(all.begin(), all.end(), is_over);
  if (over != 0 && over != static_cast<std::ptrdiff_t>(all.size())) {
    return make_error(ErrorCode::kBadRequest,
                      "tasks under way and tasks that have ended are lists of their own");
  }
  return all;
}

/// What nextBefore said: where the last task of the page before stands, and its id.
Result<store::Place> read_before(const api::Call& call) {
  store::Place place;
  const auto text = call.target().get("before");
  if (!text) return place;
  const auto dot = text->find('.');
  const auto* const end = text->data() + std::min(dot, text->size());
  const auto [stopped, error] = std::from_chars(text->data(), end, place.position);
  if (dot == std::string_view::npos || error != std::errc() || stopped != end ||
      !check_id(text->substr(dot + 1))) {
    return make_error(ErrorCode::kBadRequest, "before takes what nextBefore said");
  }
  place.id = text->substr(dot + 1);
  return place;
}

Result<std::string> page_json(log::State& state, const std::string& owner,
                              const std::vector<Status>& statuses, const store::Place& before,
                              std::size_t limit, const std::string& cursor) {
  // One more than is shown says whether there are more.
  auto page = store::list(state, owner, statuses, before, limit + 1);
  if (!page) return page.error();
  std::string next = "null";
  if (page->size() > limit) {
    page->pop_back();
    next = fmt::format("\"{}.{}\"", page->back().position(), page->back().id);
  }
  std::string tasks;
  for (const auto& each : *page) {
    if (!tasks.empty()) tasks.push_back(',');
    tasks += to_json(each);
  }
  return fmt::format(R"({{"tasks":[{}],"nextBefore":{},"cursor":"{}"}})", tasks, next, cursor);
}

}  // namespace

void FeedApi::add_routes(api::Router& router, Part part) {
  const auto add = [&](std::string path, void (FeedApi::*handle)(const CallPtr&)) {
    router.add("GET", "/api/task-feed" + path,
               {[this, handle](const CallPtr& call) { (this->*handle)(call); },
                {},
                {},
                {},
                api::Audience::kKnown});
  };
  if (part == Part::kTask) return add("/", &FeedApi::get_one);
  add("", &FeedApi::snapshot);
  add("/stream", &FeedApi::stream);
  add("/changes", &FeedApi::changes);
  add("/history", &FeedApi::history);
}

Result<ViewSource> FeedApi::read_request(const api::Call& call) {
  auto owner = acting_user(call);
  if (!owner) return owner.error();
  auto fields = FeedFields::of(call);
  if (!fields) return fields.error();
  auto& windows = feed_.windows();
  auto& metrics = feed_.metrics();
  // Before the rows are read: what changes from here on keeps them out of memory.
  const auto mark = windows.mark(*owner);
  ViewSource source{.topic = topic_of(*owner), .snapshot = {}};
  source.snapshot = [&windows, &metrics, owner = *owner, mask = fields->snapshot, mark](
                        log::State& state, const std::string& cursor) -> Result<ViewState> {
    CountedState counted(state, metrics);
    metrics.from_rows.fetch_add(1, std::memory_order_relaxed);
    auto window = store::window(counted, owner, windows.size());
    if (!window) return window.error();
    const auto shared = std::make_shared<const Window>(std::move(*window));
    windows.offer(owner, shared, mark);
    return state_of(owner, *shared, cursor, mask);
  };
  source.held = [&windows, &metrics, owner = *owner,
                 mask = fields->snapshot](const std::string& cursor) -> std::optional<ViewState> {
    const auto window = windows.committed(owner);
    if (window == nullptr) return std::nullopt;
    metrics.from_memory.fetch_add(1, std::memory_order_relaxed);
    return state_of(owner, *window, cursor, mask);
  };
  source.fields = fields->events;
  return source;
}

void FeedApi::snapshot(const CallPtr& call) {
  auto source = read_request(*call);
  if (!source) return call->fail(source.error());
  view_.answer(call, std::move(*source));
}

void FeedApi::stream(const CallPtr& call) {
  auto source = read_request(*call);
  if (!source) return call->fail(source.error());
  view_.stream(call, std::move(*source));
}

void FeedApi::changes(const CallPtr& call) {
  auto source = read_request(*call);
  if (!source) return call->fail(source.error());
  view_.changes(call, std::move(*source));
}

void FeedApi::history(const CallPtr& call) {
  const auto owner = acting_user(*call);
  if (!owner) return call->fail(owner.error());
  const auto statuses = read_statuses(*call);
  if (!statuses) return call->fail(statuses.error());
  const auto before = read_before(*call);
  if (!before) return call->fail(before.error());
  const auto page_max = call->settings().task_feed.page_max;
  const auto limit = api::query_number(*call, "limit", 1, page_max, std::min(kPage, page_max));
  if (!limit) return call->fail(limit.error());
  const auto fields = FeedFields::of(*call);
  if (!fields) return call->fail(fields.error());
  view_.answer(call,
               ViewRead([&metrics = feed_.metrics(), owner = *owner, statuses = *statuses,
                         before = *before, limit = *limit, mask = fields->list](
                            log::State& state, const std::string& cursor) -> Result<ViewState> {
                 CountedState counted(state, metrics);
                 auto json = page_json(counted, owner, statuses, before, limit, cursor);
                 if (!json) return json.error();
                 return ViewState{.json = masked(mask, std::move(*json))};
               }));
}

void FeedApi::get_one(const CallPtr& call) {
  const auto rest = call->rest();
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto what = rest.substr(slash);
  const auto missing = make_error(ErrorCode::kNotFound, call->target().raw_path);
  if (!check_id(rest.substr(0, slash)) || (!what.empty() && what != "/characteristics")) {
    return call->fail(missing);
  }
  const auto fields = FeedFields::of(*call);
  if (!fields) return call->fail(fields.error());
  with_owner({call, hub_, shard_, feed_.metrics()}, std::string(rest.substr(0, slash)),
             Asks::kToRead,
             [this, call, id = std::string(rest.substr(0, slash)), mask = fields->one,
              whole = what.empty()](const std::string& owner) {
               answer_one(call, id, owner, whole, mask);
             });
}

void FeedApi::answer_one(const CallPtr& call, const std::string& id, const std::string& owner,
                         bool whole, const FeedFields::Mask& mask) {
  view_.answer(
      call, ViewRead([&metrics = feed_.metrics(), id, owner, whole, mask,
                      missing = make_error(ErrorCode::kNotFound, call->target().raw_path)](
                         log::State& state, const std::string& cursor) -> Result<ViewState> {
        CountedState counted(state, metrics);
        const auto found = store::find(counted, id);
        if (!found) return found.error();
        if (!*found || (!owner.empty() && (**found).owner != owner)) return missing;
        if (whole) {
          auto json = full_json(counted, **found);
          if (!json) return json.error();
          return ViewState{
              .json = masked(mask, fmt::format(R"({{"task":{},"cursor":"{}"}})", *json, cursor))};
        }
        const auto extras = store::extras(counted, id);
        if (!extras) return extras.error();
        const auto& json = extras->characteristics;
        return ViewState{.json = fmt::format(R"({{"id":"{}","characteristics":{},"cursor":"{}"}})",
                                             id, json.empty() ? "null" : json, cursor)};
      }));
}

}  // namespace weir::apps::task_feed
