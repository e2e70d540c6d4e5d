#include "apps/task_feed/feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "proto/json.hpp"

namespace weir::apps::task_feed {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

base::Error conflict(const Task& task) {
  return make_error(ErrorCode::kTaskConflict,
                    fmt::format("{} is {}", task.id, name_of(task.status)));
}

}  // namespace

Feed::Feed(const Commit& commit, std::string owner, Window window)
    : commit_(commit), owner_(std::move(owner)), window_(std::move(window)) {}

Result<> Feed::with(const Commit& commit, const std::string& owner,
                    const std::function<Result<>(Feed&)>& commands) {
  auto stored = store::owner(commit.state, owner);
  if (!stored) return stored.error();
  const auto size = commit.windows.size();
  // What memory holds may be of a commit that came to nothing; the row knows.
  const auto held = commit.windows.newest(owner);
  if (held != nullptr && held->rev == stored->rev) {
    *stored = *held;
  } else {
    if (auto read = store::fill_active(commit.state, owner, size.active, *stored); !read) {
      return read;
    }
    if (auto read = store::fill_completed(commit.state, owner, size.completed, *stored); !read) {
      return read;
    }
  }
  const auto rev = stored->rev;
  Feed feed(commit, owner, std::move(*stored));
  if (auto done = commands(feed); !done) return done;
  if (feed.window_.rev != rev) {
    if (auto saved = store::save_owner(commit.state, owner, feed.window_); !saved) return saved;
  }
  auto window = std::make_shared<const Window>(std::move(feed.window_));
  commit.windows.begin(owner, window);
  commit.effects.windows[owner] = std::move(window);
  return {};
}

Result<Made> Feed::create(const Draft& draft) {
  if (!draft.id.empty()) {
    auto there = store::find(commit_.state, draft.id);
    if (!there) return there.error();
    if (*there) {
      auto made_by = store::fingerprint(commit_.state, draft.id);
      if (!made_by) return made_by.error();
      if ((**there).owner == owner_ && *made_by == draft.fingerprint) {
        return Made{std::move(**there), true};
      }
      return make_error(ErrorCode::kTaskConflict, "the id is taken");
    }
  }
  if (auto room = check_room(); !room) return room.error();
  Task task;
  task.id = draft.id;
  while (task.id.empty()) {
    auto made =
        fmt::format("task_{:016x}", static_cast<std::uint64_t>(commit_.ids.next(commit_.now())));
    // Somebody's own, by chance or by design; or the clock was set back.
    auto there = store::find(commit_.state, made);
    if (!there) return there.error();
    if (!*there) task.id = std::move(made);
  }
  task.owner = owner_;
  task.product_name = draft.product_name;
  task.product_id = draft.product_id;
  task.created_at = commit_.now();
  auto product = shown_product(draft.product);
  if (!product) return product.error();
  task.product = std::move(*product);
  if (!draft.data.empty() || !draft.product.empty()) {
    auto saved = store::save_extras(
        commit_.state, task.id,
        {.data = draft.data, .product = draft.product, .characteristics = {}, .result = {}});
    if (!saved) return saved.error();
  }
  commit_.metrics.created.add();
  if (draft.driver.empty()) {
    commit_.effects.offered.push_back(owner_);
  } else {
    auto set = store::set_driver(commit_.state, task.id, draft.driver);
    if (!set) return set.error();
    if (auto begun = start(task, draft.driver, Heart::kNone); !begun) return begun.error();
  }
  if (auto done = put(nullptr, task, Way::kNew, "task.added", draft.fingerprint); !done) {
    return done.error();
  }
  return Made{std::move(task)};
}

Result<Task> Feed::claim(const Task& before, const std::string& worker) {
  auto task = before;
  if (before.status == Status::kStalled) {
    if (auto fresh = again(task, "lost"); !fresh) return fresh.error();
  } else if (before.status != Status::kPending) {
    return conflict(before);
  }
  commit_.metrics.claimed.add();
  if (auto started = start(task, worker, Heart::kBeats); !started) return started.error();
  if (auto done = put(&before, task, Way::kStored, "task.updated"); !done) return done.error();
  return task;
}

Result<Task> Feed::heartbeat(const Task& before, const Report& report) {
  if (auto current = check_attempt(before, report); !current) return current.error();
  if (is_over(before.status) || before.status == Status::kPending) return conflict(before);
  auto task = before;
  task.deadline = deadline_from_now();
  task.status = Status::kProcessing;
  commit_.metrics.heartbeats.add();
  commit_.effects.note_due(task.deadline);
  auto done = before.status == Status::kStalled ? put(&before, task, Way::kStored, "task.updated")
                                                : store::update(commit_.state, task);
  if (!done) return done.error();
  return task;
}

Result<Task> Feed::progress(const Task& before, const Report& report, Heart heart) {
  if (auto current = check_attempt(before, report); !current) return current.error();
  if (is_over(before.status)) return conflict(before);
  auto task = before;
  if (before.status == Status::kPending) {
    if (auto started = start(task, {}, heart); !started) return started.error();
  }
  task.status = Status::kProcessing;
  if (heart == Heart::kBeats) task.deadline = deadline_from_now();
  commit_.effects.note_due(task.deadline);
  if (auto entered = enter_stage(task, report); !entered) return entered.error();
  if (auto taken = take_extras(task, report); !taken) return taken.error();
  task.progress = std::max(before.progress, report.progress.value_or(0));
  commit_.metrics.progressed.add();
  const bool news = task.status != before.status || task.current_stage != before.current_stage ||
                    task.product != before.product || task.product_id != before.product_id;
  if (news) {
    auto done = put(&before, task, Way::kStored, "task.updated");
    if (!done) return done.error();
    return task;
  }
  if (auto stored = store::update(commit_.state, task); !stored) return stored.error();
  if (task.progress != before.progress) tell_progress(task);
  return task;
}

Result<Task> Feed::complete(const Task& before, const Report& report) {
  return end(before, report, Status::kCompleted, "task.completed");
}

Result<Task> Feed::fail(const Task& before, const Report& report) {
  return end(before, report, Status::kFailed, "task.failed");
}

Result<Task> Feed::cancel(const Task& before) {
  return end(before, {}, Status::kCancelled, "task.cancelled");
}

Result<Task> Feed::end(const Task& before, const Report& report, Status status,
                       std::string_view event) {
  if (auto current = check_attempt(before, report); !current) return current.error();
  if (before.status == status) return before;
  if (is_over(before.status)) return conflict(before);
  auto task = before;
  if (auto entered = enter_stage(task, report); !entered) return entered.error();
  task.status = status;
  task.ended_at = commit_.now();
  task.deadline = 0;
  task.error_message = report.error_message;
  task.progress =
      status == Status::kCompleted ? 100 : std::max(before.progress, report.progress.value_or(0));
  if (auto taken = take_extras(task, report); !taken) return taken.error();
  auto ended = store::end_attempt(commit_.state, task.id,
                                  {.number = task.attempt,
                                   .worker = {},
                                   .ended_at = commit_.now(),
                                   .outcome = std::string(name_of(status)),
                                   .error_message = task.error_message});
  if (!ended) return ended.error();
  auto& metrics = commit_.metrics;
  auto& counter = status == Status::kCompleted ? metrics.completed
                  : status == Status::kFailed  ? metrics.failed
                                               : metrics.cancelled;
  counter.add();
  if (auto done = put(&before, task, Way::kStored, event); !done) return done.error();
  return task;
}

Result<Task> Feed::retry(const Task& before) {
  using enum Status;
  if (before.status != kFailed && before.status != kCancelled && before.status != kStalled) {
    return conflict(before);
  }
  const auto driven = store::is_driven(commit_.state, before.id);
  if (!driven) return driven.error();
  if (*driven) {
    return make_error(ErrorCode::kTaskConflict,
                      fmt::format("{} is a workflow's, which is to be executed again", before.id));
  }
  if (is_over(before.status)) {
    if (auto room = check_room(); !room) return room.error();
  }
  commit_.metrics.retried.add();
  return queue_again(before);
}

Result<Task> Feed::give_back(const Task& before, std::uint32_t attempt) {
  if (before.status != Status::kProcessing || before.attempt != attempt) return conflict(before);
  return queue_again(before);
}

Result<Task> Feed::queue_again(const Task& before) {
  auto task = before;
  if (auto fresh = again(task, "lost"); !fresh) return fresh.error();
  task.status = Status::kPending;
  task.started_at = task.ended_at = task.deadline = 0;
  commit_.effects.offered.push_back(owner_);
  if (auto done = put(&before, task, Way::kStored, "task.updated"); !done) return done.error();
  return task;
}

Result<> Feed::stall(const Task& before) {
  auto task = before;
  task.status = Status::kStalled;
  task.deadline = 0;
  commit_.metrics.stalled.add();
  return put(&before, task, Way::kStored, "task.updated");
}

Result<> Feed::retire(const Task& task) {
  if (auto gone = store::remove(commit_.state, task.id); !gone) return gone;
  window_.totals.subtract(task.status);
  ++window_.rev;
  commit_.metrics.removed.add();
  return tell(std::make_shared<const Task>(task), true, {});
}

/// The next attempt begins with nothing; the one before ends, if it has not.
Result<> Feed::again(Task& task, std::string_view outcome) {
  auto ended = store::end_attempt(commit_.state, task.id,
                                  {.number = task.attempt,
                                   .worker = {},
                                   .ended_at = commit_.now(),
                                   .outcome = std::string(outcome),
                                   .error_message = {}});
  if (!ended) return ended;
  ++task.attempt;
  task.progress = 0;
  task.current_stage.clear();
  task.error_message.clear();
  const auto kept = commit_.settings.attempts_kept;
  if (task.attempt <= kept) return {};
  return store::forget_attempts(commit_.state, task.id, task.attempt - kept);
}

Result<> Feed::start(Task& task, const std::string& worker, Heart heart) {
  task.status = Status::kProcessing;
  task.started_at = commit_.now();
  task.deadline = heart == Heart::kBeats ? deadline_from_now() : 0;
  commit_.effects.note_due(task.deadline);
  return store::save_attempt(commit_.state, task.id,
                             {.number = task.attempt,
                              .worker = worker,
                              .started_at = commit_.now(),
                              .outcome = {},
                              .error_message = {}});
}

Result<> Feed::enter_stage(Task& task, const Report& report) {
  if (!report.current_stage || *report.current_stage == task.current_stage) return {};
  auto count = store::count_stages(commit_.state, task.id, task.attempt);
  if (!count) return count.error();
  const auto most = commit_.settings.stages_max;
  if (*count >= most) {
    return make_error(ErrorCode::kBadRequest,
                      fmt::format("an attempt has at most {} stages", most));
  }
  task.current_stage = *report.current_stage;
  return store::begin_stage(
      commit_.state, task.id, *count,
      {.attempt = task.attempt, .name = task.current_stage, .started_at = commit_.now()});
}

Result<> Feed::take_extras(Task& task, const Report& report) {
  if (report.product_id) task.product_id = *report.product_id;
  if (report.product.empty() && report.characteristics.empty() && report.result.empty()) return {};
  auto extras = store::extras(commit_.state, task.id);
  if (!extras) return extras.error();
  if (!report.product.empty()) {
    auto whole = merged(extras->product, report.product);
    if (!whole) return whole.error();
    if (whole->size() > commit_.settings.body_bytes_max) {
      return make_error(ErrorCode::kBadRequest,
                        fmt::format("\"product\", with what was known of it, is over {} bytes",
                                    commit_.settings.body_bytes_max));
    }
    auto shown = shown_product(*whole);
    if (!shown) return shown.error();
    extras->product = std::move(*whole);
    task.product = std::move(*shown);
  }
  if (!report.characteristics.empty()) extras->characteristics = report.characteristics;
  if (!report.result.empty()) extras->result = report.result;
  return store::save_extras(commit_.state, task.id, *extras);
}

Result<> Feed::check_attempt(const Task& task, const Report& report) const {
  if (!report.attempt || *report.attempt == task.attempt) return {};
  commit_.metrics.stale_refused.add();
  return make_error(ErrorCode::kStaleAttempt,
                    fmt::format("{} is at attempt {}", task.id, task.attempt));
}

Result<> Feed::check_room() const {
  const auto most = commit_.settings.open_max;
  if (window_.totals.active() < most) return {};
  commit_.metrics.open_refused.add();
  return make_error(ErrorCode::kTooManyTasks, fmt::format("the limit is {}", most));
}

base::UnixMillis Feed::deadline_from_now() const {
  return commit_.now() + commit_.settings.stalled_after.count();
}

Result<> Feed::put(const Task* before, Task& after, Way way, std::string_view event,
                   const std::string& fingerprint) {
  auto& totals = window_.totals;
  if (before != nullptr) totals.subtract(before->status);
  totals.add(after.status);
  after.rev = ++window_.rev;
  after.updated_at = commit_.now();
  auto stored = way == Way::kNew ? store::insert(commit_.state, after, fingerprint)
                                 : store::update(commit_.state, after);
  if (!stored) return stored;
  if (is_over(after.status)) {
    if (auto room = forget_oldest(); !room) return room;
    const auto age = commit_.settings.history_retention.count();
    if (age > 0) commit_.effects.note_due(after.ended_at + age);
  }
  return tell(std::make_shared<const Task>(after), false, event);
}

/// The history is bounded; what goes is no longer in the window, or is pushed out of it just now.
Result<> Feed::forget_oldest() {
  while (window_.totals.over() > commit_.settings.history_max) {
    auto oldest = store::oldest_over(commit_.state, owner_);
    if (!oldest) return oldest.error();
    if (!*oldest) return {};
    if (auto gone = store::remove(commit_.state, (**oldest).id); !gone) return gone;
    window_.totals.subtract((**oldest).status);
    commit_.metrics.removed.add();
  }
  return {};
}

/// Brings the window up to date and tells what that changes of it: the task itself first, then what
/// something newer has pushed out, then what has come into its place.
Result<> Feed::tell(const TaskPtr& subject, bool gone, std::string_view event) {
  const auto before = window_;
  const auto size = commit_.windows.size();
  if (gone) {
    take_out(window_, subject->id);
  } else {
    place(window_, subject, size);
  }
  if (window_.active.size() < std::min<std::uint64_t>(size.active, window_.totals.active())) {
    auto filled = store::fill_active(commit_.state, owner_, size.active, window_);
    if (!filled) return filled;
  }
  if (window_.completed.size() < std::min<std::uint64_t>(size.completed, window_.totals.over())) {
    auto filled = store::fill_completed(commit_.state, owner_, size.completed, window_);
    if (!filled) return filled;
  }
  commit_.effects.told.push_back(subject->id);
  append(window_.find(subject->id) == nullptr ? "task.removed" : event, *subject);
  const auto tell_difference = [&](const Window& from, const Window& in, std::string_view what) {
    for (const auto* const list : {&from.active, &from.completed}) {
      for (const auto& each : *list) {
        if (each->id != subject->id && in.find(each->id) == nullptr) append(what, *each);
      }
    }
  };
  tell_difference(before, window_, "task.removed");
  tell_difference(window_, before, "task.added");
  return {};
}

void Feed::append(std::string_view type, const Task& task) {
  proto::Event event;
  event.topics.push_back(topic_of(owner_));
  event.type = type;
  event.key = task.id;
  const auto what = type == "task.removed" ? fmt::format(R"("id":"{}")", task.id)
                                           : fmt::format(R"("task":{})", to_json(task));
  event.data =
      fmt::format(R"({{{},"rev":{},"totals":{}}})", what, window_.rev, totals_json(window_.totals));
  commit_.transaction.append(std::move(event));
}

void Feed::tell_progress(const Task& task) {
  if (window_.find(task.id) == nullptr) return;
  auto told = std::make_shared<const Task>(task);
  place(window_, told, commit_.windows.size());
  proto::Event event;
  event.topics.push_back(topic_of(owner_));
  event.type = "task.progress";
  event.key = task.id;
  event.flags = proto::kEphemeral;
  event.data =
      fmt::format(R"({{"id":"{}","progress":{},"currentStage":{},"attempt":{}}})", task.id,
                  task.progress, proto::json_string_or_null(task.current_stage), task.attempt);
  commit_.effects.progress.push_back({std::move(told), std::move(event)});
}

Result<> with_task(const Commit& commit, const std::string& id, const std::string& owner,
                   const std::function<Result<>(Feed&, const Task&)>& command) {
  auto found = store::find(commit.state, id);
  if (!found) return found.error();
  if (!*found || (!owner.empty() && (**found).owner != owner)) {
    return make_error(ErrorCode::kNotFound, id);
  }
  return Feed::with(commit, (**found).owner, [&](Feed& feed) { return command(feed, **found); });
}

Result<bool> step_due(const Commit& commit, std::size_t limit) {
  auto lapsed = store::lapsed(commit.state, commit.now(), limit);
  if (!lapsed) return lapsed.error();
  for (const auto& task : *lapsed) {
    auto done = Feed::with(commit, task.owner, [&](Feed& feed) { return feed.stall(task); });
    if (!done) return done.error();
  }
  const auto age = commit.settings.history_retention.count();
  if (age == 0) return lapsed->size() < limit;
  auto retired = store::retired(commit.state, commit.now() - age, limit);
  if (!retired) return retired.error();
  for (const auto& task : *retired) {
    auto done = Feed::with(commit, task.owner, [&](Feed& feed) { return feed.retire(task); });
    if (!done) return done.error();
  }
  return lapsed->size() < limit && retired->size() < limit;
}

Result<base::UnixMillis> next_due(const Commit& commit) {
  auto deadline = store::next_deadline(commit.state);
  if (!deadline) return deadline;
  const auto age = commit.settings.history_retention.count();
  if (age == 0) return deadline;
  auto ended = store::first_end(commit.state);
  if (!ended || *ended == 0) return ended ? deadline : ended;
  return *deadline == 0 ? *ended + age : std::min(*deadline, *ended + age);
}

}  // namespace weir::apps::task_feed
