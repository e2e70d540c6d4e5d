#include "apps/task_feed/store.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "log/statements.hpp"
#include "log/value.hpp"

namespace weir::apps::task_feed::store {
namespace {

using base::Result;
using log::integer_of;
using log::natural_of;
using log::Row;
using log::State;
using log::text_of;
using log::Value;
using log::value_of;

constexpr std::array kTables = {
    "CREATE TABLE IF NOT EXISTS task_feed_owners (owner TEXT PRIMARY KEY, rev BIGINT NOT NULL, "
    "pending BIGINT NOT NULL, processing BIGINT NOT NULL, stalled BIGINT NOT NULL, "
    "completed BIGINT NOT NULL, failed BIGINT NOT NULL, cancelled BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS task_feed_tasks (id TEXT PRIMARY KEY, owner TEXT NOT NULL, "
    "status BIGINT NOT NULL, rev BIGINT NOT NULL, attempt BIGINT NOT NULL, "
    "progress DOUBLE PRECISION NOT NULL, current_stage TEXT NOT NULL, "
    "error_message TEXT NOT NULL, product_name TEXT NOT NULL, product_id TEXT NOT NULL, "
    "product TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, "
    "started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, deadline BIGINT NOT NULL, "
    "position BIGINT NOT NULL, fingerprint TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS task_feed_by_status ON task_feed_tasks "
    "(owner, status, position, id)",
    "CREATE INDEX IF NOT EXISTS task_feed_queue ON task_feed_tasks (position, id) "
    "WHERE status = 0",
    "CREATE INDEX IF NOT EXISTS task_feed_by_deadline ON task_feed_tasks (deadline) "
    "WHERE deadline <> 0",
    "CREATE INDEX IF NOT EXISTS task_feed_by_end ON task_feed_tasks (ended_at) "
    "WHERE ended_at <> 0",
    "CREATE TABLE IF NOT EXISTS task_feed_extras (id TEXT PRIMARY KEY, data TEXT NOT NULL, "
    "product TEXT NOT NULL, characteristics TEXT NOT NULL, result TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS task_feed_attempts (id TEXT NOT NULL, attempt BIGINT NOT NULL, "
    "worker TEXT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, "
    "outcome TEXT NOT NULL, error_message TEXT NOT NULL, PRIMARY KEY (id, attempt))",
    "CREATE TABLE IF NOT EXISTS task_feed_stages (id TEXT NOT NULL, attempt BIGINT NOT NULL, "
    "position BIGINT NOT NULL, name TEXT NOT NULL, started_at BIGINT NOT NULL, "
    "ended_at BIGINT NOT NULL, PRIMARY KEY (id, attempt, position))",
    "CREATE TABLE IF NOT EXISTS task_feed_driven (id TEXT PRIMARY KEY, driver TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS task_feed_driven_by ON task_feed_driven (driver)",
};

// In the order of `task_of` and `values_of`.
#define WEIR_TASK_COLUMNS                                                                   \
  "id, owner, status, rev, attempt, progress, current_stage, error_message, product_name, " \
  "product_id, product, created_at, updated_at, started_at, ended_at, deadline"
#define WEIR_SELECT_TASK "SELECT " WEIR_TASK_COLUMNS " FROM task_feed_tasks "

double real_of(const Value& value) {
  const auto* const found = std::get_if<double>(&value);
  return found == nullptr ? static_cast<double>(integer_of(value)) : *found;
}

Task task_of(Row row) {
  return {.id = text_of(row[0]),
          .owner = text_of(row[1]),
          .status = static_cast<Status>(integer_of(row[2])),
          .rev = natural_of(row[3]),
          .attempt = static_cast<std::uint32_t>(integer_of(row[4])),
          .progress = real_of(row[5]),
          .current_stage = text_of(row[6]),
          .error_message = text_of(row[7]),
          .product_name = text_of(row[8]),
          .product_id = text_of(row[9]),
          .product = text_of(row[10]),
          .created_at = integer_of(row[11]),
          .updated_at = integer_of(row[12]),
          .started_at = integer_of(row[13]),
          .ended_at = integer_of(row[14]),
          .deadline = integer_of(row[15])};
}

std::vector<Value> values_of(const Task& task) {
  return {task.id,
          task.owner,
          value_of(static_cast<std::uint64_t>(task.status)),
          value_of(task.rev),
          value_of(task.attempt),
          task.progress,
          task.current_stage,
          task.error_message,
          task.product_name,
          task.product_id,
          task.product,
          task.created_at,
          task.updated_at,
          task.started_at,
          task.ended_at,
          task.deadline,
          task.position()};
}

Result<std::vector<Task>> find_all(State& state, std::string_view sql,
                                   std::span<const Value> parameters) {
  std::vector<Task> found;
  auto read = state.query(sql, parameters, [&](Row row) { found.push_back(task_of(row)); });
  if (!read) return read.error();
  return found;
}

Found find_one(State& state, std::string_view sql, std::span<const Value> parameters) {
  auto found = find_all(state, sql, parameters);
  if (!found) return found.error();
  if (found->empty()) return std::optional<Task>();
  return std::optional<Task>(std::move(found->front()));
}

Result<std::int64_t> number(State& state, std::string_view sql, std::span<const Value> key = {}) {
  std::int64_t found = 0;
  auto read = state.query(sql, key, [&](Row row) { found = integer_of(row[0]); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<std::string>> texts(State& state, std::string_view sql,
                                       std::span<const Value> key) {
  std::vector<std::string> found;
  auto read = state.query(sql, key, [&](Row row) { found.push_back(text_of(row[0])); });
  if (!read) return read.error();
  return found;
}

Result<> fill(State& state, const std::string& owner, std::vector<Status> statuses,
              const Totals& totals, std::size_t limit, std::vector<TaskPtr>& out) {
  // What the totals say is not there is not looked for.
  std::erase_if(statuses, [&](Status each) { return totals[each] == 0; });
  auto found = list(state, owner, statuses, {}, limit);
  if (!found) return found.error();
  out.clear();
  for (auto& each : *found) out.push_back(std::make_shared<const Task>(std::move(each)));
  return {};
}

}  // namespace

Result<> prepare(State& state) { return log::execute_all(state, kTables); }

Result<Window> owner(State& state, const std::string& name) {
  Window found;
  const Value key[] = {name};
  auto read = state.query(
      "SELECT rev, pending, processing, stalled, completed, failed, cancelled "
      "FROM task_feed_owners WHERE owner = ?",
      key, [&](Row row) {
        found.rev = natural_of(row[0]);
        for (std::size_t i = 0; i < kStatuses; ++i) found.totals.of[i] = natural_of(row[i + 1]);
      });
  if (!read) return read.error();
  return found;
}

Result<> save_owner(State& state, const std::string& name, const Window& window) {
  std::vector<Value> values = {name, value_of(window.rev)};
  for (const auto each : window.totals.of) values.push_back(value_of(each));
  return state.execute(
      "INSERT INTO task_feed_owners VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (owner) DO UPDATE SET rev = excluded.rev, pending = excluded.pending, "
      "processing = excluded.processing, stalled = excluded.stalled, "
      "completed = excluded.completed, failed = excluded.failed, cancelled = excluded.cancelled",
      values);
}

Result<Window> window(State& state, const std::string& name, WindowSize size) {
  auto found = owner(state, name);
  if (!found) return found;
  if (auto filled = fill_active(state, name, size.active, *found); !filled) return filled.error();
  if (auto filled = fill_completed(state, name, size.completed, *found); !filled) {
    return filled.error();
  }
  return found;
}

Result<> fill_active(State& state, const std::string& owner, std::size_t limit, Window& out) {
  using enum Status;
  return fill(state, owner, {kPending, kProcessing, kStalled}, out.totals, limit, out.active);
}

Result<> fill_completed(State& state, const std::string& owner, std::size_t limit, Window& out) {
  using enum Status;
  return fill(state, owner, {kCompleted, kFailed, kCancelled}, out.totals, limit, out.completed);
}

Found find(State& state, const std::string& id) {
  const Value key[] = {id};
  return find_one(state, WEIR_SELECT_TASK "WHERE id = ?", key);
}

Result<std::string> fingerprint(State& state, const std::string& id) {
  std::string found;
  const Value key[] = {id};
  auto read = state.query("SELECT fingerprint FROM task_feed_tasks WHERE id = ?", key,
                          [&](Row row) { found = text_of(row[0]); });
  if (!read) return read.error();
  return found;
}

Result<> insert(State& state, const Task& task, const std::string& fingerprint) {
  auto values = values_of(task);
  values.emplace_back(fingerprint);
  return state.execute("INSERT INTO task_feed_tasks (" WEIR_TASK_COLUMNS
                       ", position, fingerprint) VALUES "
                       "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       values);
}

Result<> update(State& state, const Task& task) {
  auto values = values_of(task);
  // The key comes last, and nothing changes hands.
  values.erase(values.begin(), values.begin() + 2);
  values.emplace_back(task.id);
  return state.execute(
      "UPDATE task_feed_tasks SET status = ?, rev = ?, attempt = ?, progress = ?, "
      "current_stage = ?, error_message = ?, product_name = ?, product_id = ?, product = ?, "
      "created_at = ?, updated_at = ?, started_at = ?, ended_at = ?, deadline = ?, position = ? "
      "WHERE id = ?",
      values);
}

Result<> remove(State& state, const std::string& id) {
  const Value key[] = {id};
  for (const auto* sql :
       {"DELETE FROM task_feed_tasks WHERE id = ?", "DELETE FROM task_feed_extras WHERE id = ?",
        "DELETE FROM task_feed_attempts WHERE id = ?", "DELETE FROM task_feed_stages WHERE id = ?",
        "DELETE FROM task_feed_driven WHERE id = ?"}) {
    if (auto gone = state.execute(sql, key); !gone) return gone;
  }
  return {};
}

Result<> set_driver(State& state, const std::string& id, const std::string& driver) {
  const Value row[] = {id, driver};
  return state.execute("INSERT INTO task_feed_driven VALUES (?, ?)", row);
}

Result<bool> is_driven(State& state, const std::string& id) {
  const Value key[] = {id};
  auto count = number(state, "SELECT COUNT(*) FROM task_feed_driven WHERE id = ?", key);
  if (!count) return count.error();
  return *count != 0;
}

Result<std::vector<std::string>> open_drivers(State& state) {
  return texts(state,
               "SELECT DISTINCT driver FROM task_feed_driven JOIN task_feed_tasks USING (id) "
               "WHERE ended_at = 0",
               {});
}

Result<std::vector<std::string>> open_tasks_of(State& state, const std::string& driver) {
  const Value key[] = {driver};
  return texts(state,
               "SELECT id FROM task_feed_driven JOIN task_feed_tasks USING (id) "
               "WHERE driver = ? AND ended_at = 0",
               key);
}

Result<std::vector<Task>> list(State& state, const std::string& owner,
                               const std::vector<Status>& statuses, const Place& before,
                               std::size_t limit) {
  std::vector<Task> all;
  // Each status is read from its own place in the index; what is not on the page goes again.
  for (const auto status : statuses) {
    const Value key[] = {owner,           value_of(static_cast<std::uint64_t>(status)),
                         before.position, before.position,
                         before.id,       value_of(limit)};
    auto found = find_all(state,
                          WEIR_SELECT_TASK
                          "WHERE owner = ? AND status = ? AND position <= ? AND "
                          "(position < ? OR id < ?) ORDER BY position DESC, id DESC LIMIT ?",
                          key);
    if (!found) return found;
    std::move(found->begin(), found->end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(), comes_before);
  if (all.size() > limit) all.resize(limit);
  return all;
}

Found oldest_pending(State& state, const std::string& owner) {
  if (owner.empty()) {
    return find_one(state, WEIR_SELECT_TASK "WHERE status = 0 ORDER BY position, id LIMIT 1", {});
  }
  const Value key[] = {owner};
  return find_one(
      state, WEIR_SELECT_TASK "WHERE owner = ? AND status = 0 ORDER BY position, id LIMIT 1", key);
}

Found oldest_over(State& state, const std::string& owner) {
  std::optional<Task> oldest;
  for (const std::int64_t status : {3, 4, 5}) {
    const Value key[] = {owner, status};
    auto found = find_one(
        state, WEIR_SELECT_TASK "WHERE owner = ? AND status = ? ORDER BY position, id LIMIT 1",
        key);
    if (!found) return found;
    if (*found && (!oldest || comes_before(*oldest, **found))) oldest = std::move(*found);
  }
  return oldest;
}

Result<std::vector<Task>> lapsed(State& state, base::UnixMillis now, std::size_t limit) {
  const Value key[] = {now, value_of(limit)};
  return find_all(
      state, WEIR_SELECT_TASK "WHERE deadline <> 0 AND deadline <= ? ORDER BY deadline LIMIT ?",
      key);
}

Result<std::vector<Task>> retired(State& state, base::UnixMillis ended_by, std::size_t limit) {
  const Value key[] = {ended_by, value_of(limit)};
  return find_all(
      state, WEIR_SELECT_TASK "WHERE ended_at <> 0 AND ended_at <= ? ORDER BY ended_at LIMIT ?",
      key);
}

Result<base::UnixMillis> next_deadline(State& state) {
  return number(state, "SELECT MIN(deadline) FROM task_feed_tasks WHERE deadline <> 0");
}

Result<base::UnixMillis> first_end(State& state) {
  return number(state, "SELECT MIN(ended_at) FROM task_feed_tasks WHERE ended_at <> 0");
}

Result<Extras> extras(State& state, const std::string& id) {
  Extras found;
  const Value key[] = {id};
  auto read = state.query(
      "SELECT data, product, characteristics, result FROM task_feed_extras WHERE id = ?", key,
      [&](Row row) {
        found = {text_of(row[0]), text_of(row[1]), text_of(row[2]), text_of(row[3])};
      });
  if (!read) return read.error();
  return found;
}

Result<> save_extras(State& state, const std::string& id, const Extras& extras) {
  const Value values[] = {id, extras.data, extras.product, extras.characteristics, extras.result};
  return state.execute(
      "INSERT INTO task_feed_extras VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
      "data = excluded.data, product = excluded.product, "
      "characteristics = excluded.characteristics, result = excluded.result",
      values);
}

Result<std::vector<Attempt>> attempts(State& state, const std::string& id) {
  std::vector<Attempt> found;
  const Value key[] = {id};
  auto read = state.query(
      "SELECT attempt, worker, started_at, ended_at, outcome, error_message "
      "FROM task_feed_attempts WHERE id = ? ORDER BY attempt",
      key, [&](Row row) {
        found.push_back({static_cast<std::uint32_t>(integer_of(row[0])), text_of(row[1]),
                         integer_of(row[2]), integer_of(row[3]), text_of(row[4]), text_of(row[5])});
      });
  if (!read) return read.error();
  return found;
}

Result<> save_attempt(State& state, const std::string& id, const Attempt& attempt) {
  const Value values[] = {id, value_of(attempt.number), attempt.worker, attempt.started_at};
  return state.execute("INSERT INTO task_feed_attempts VALUES (?, ?, ?, ?, 0, '', '')", values);
}

Result<> end_attempt(State& state, const std::string& id, const Attempt& attempt) {
  const Value ended[] = {attempt.ended_at, attempt.outcome, attempt.error_message, id,
                         value_of(attempt.number)};
  auto done = state.execute(
      "UPDATE task_feed_attempts SET ended_at = ?, outcome = ?, error_message = ? "
      "WHERE id = ? AND attempt = ? AND ended_at = 0",
      ended);
  if (!done) return done;
  const Value stage[] = {attempt.ended_at, id, value_of(attempt.number)};
  return state.execute(
      "UPDATE task_feed_stages SET ended_at = ? WHERE id = ? AND attempt = ? AND ended_at = 0",
      stage);
}

Result<> forget_attempts(State& state, const std::string& id, std::uint32_t up_to) {
  const Value key[] = {id, value_of(up_to)};
  if (auto gone = state.execute("DELETE FROM task_feed_stages WHERE id = ? AND attempt <= ?", key);
      !gone) {
    return gone;
  }
  return state.execute("DELETE FROM task_feed_attempts WHERE id = ? AND attempt <= ?", key);
}

Result<std::vector<Stage>> stages(State& state, const std::string& id) {
  std::vector<Stage> found;
  const Value key[] = {id};
  auto read = state.query(
      "SELECT attempt, name, started_at, ended_at FROM task_feed_stages WHERE id = ? "
      "ORDER BY attempt, position",
      key, [&](Row row) {
        found.push_back({static_cast<std::uint32_t>(integer_of(row[0])), text_of(row[1]),
                         integer_of(row[2]), integer_of(row[3])});
      });
  if (!read) return read.error();
  return found;
}

Result<std::size_t> count_stages(State& state, const std::string& id, std::uint32_t attempt) {
  const Value key[] = {id, value_of(attempt)};
  auto found =
      number(state, "SELECT COUNT(*) FROM task_feed_stages WHERE id = ? AND attempt = ?", key);
  if (!found) return found.error();
  return static_cast<std::size_t>(*found);
}

Result<> begin_stage(State& state, const std::string& id, std::size_t position,
                     const Stage& stage) {
  const Value before[] = {stage.started_at, id, value_of(stage.attempt)};
  auto ended = state.execute(
      "UPDATE task_feed_stages SET ended_at = ? WHERE id = ? AND attempt = ? AND ended_at = 0",
      before);
  if (!ended) return ended;
  const Value values[] = {id, value_of(stage.attempt), value_of(position), stage.name,
                          stage.started_at};
  return state.execute("INSERT INTO task_feed_stages VALUES (?, ?, ?, ?, ?, 0)", values);
}

#undef WEIR_SELECT_TASK
#undef WEIR_TASK_COLUMNS

}  // namespace weir::apps::task_feed::store
