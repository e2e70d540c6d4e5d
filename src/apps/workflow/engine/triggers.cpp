#include "apps/workflow/engine/triggers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/logging.hpp"
#include "log/value.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// A start that was refused for now is asked for again after so long.
constexpr auto kRetry = 1s;
/// So long a start at a time is known, should it be asked for twice.
constexpr auto kKeyLifetime = std::chrono::hours(1);

std::string source_of(const Trigger& trigger) {
  if (trigger.schedule) return trigger.schedule->text() + " " + trigger.schedule->zone();
  return trigger.topics ? trigger.topics->text() : trigger.webhook_id;
}

base::Result<> write(log::State& state, const Triggers::Stored& row) {
  const log::Value columns[] = {row.workflow, std::int64_t{row.position}, row.source,
                                std::int64_t{row.enabled ? 1 : 0},
                                static_cast<std::int64_t>(row.reached.value)};
  return state.execute(
      "INSERT INTO workflow_triggers (workflow, position, source, enabled, reached) "
      "VALUES (?, ?, ?, ?, ?) ON CONFLICT (workflow, position) DO UPDATE SET "
      "source = excluded.source, enabled = excluded.enabled, reached = excluded.reached",
      columns);
}

base::Result<> write_reached(log::State& state, const std::string& workflow, std::uint32_t position,
                             base::Sequence reached) {
  const log::Value columns[] = {static_cast<std::int64_t>(reached.value), workflow,
                                std::int64_t{position}};
  return state.execute(
      "UPDATE workflow_triggers SET reached = ? WHERE workflow = ? AND position = ?", columns);
}

}  // namespace

base::Result<std::vector<Triggers::Stored>> Triggers::read(log::State& state) {
  std::vector<Stored> out;
  auto read =
      state.query("SELECT workflow, position, source, enabled, reached FROM workflow_triggers", {},
                  [&](log::Row row) {
                    out.push_back({log::text_of(row[0]),
                                   static_cast<std::uint32_t>(log::integer_of(row[1])),
                                   log::text_of(row[2]),
                                   log::integer_of(row[3]) != 0,
                                   {log::natural_of(row[4])}});
                  });
  if (!read) return read.error();
  return out;
}

const Triggers::Stored* Triggers::stored(const Key& key, const std::string& source) const {
  const auto at = std::find_if(stored_.begin(), stored_.end(), [&](const Stored& each) {
    return each.workflow == key.first && each.position == key.second && each.source == source;
  });
  return at == stored_.end() ? nullptr : &*at;
}

const Trigger& Triggers::trigger_of(const Key& key, const Definitions::Entry& entry) const {
  return entry.definition->triggers[key.second];
}

/// Its triggers are these from now on.
void Triggers::on_definition(const Definitions::Entry& entry) {
  const auto& id = entry.definition->id;
  const auto of_it = [&](const auto& each) { return each.first.first == id; };
  // What is known of them is what is stored.
  for (const auto& [key, timer] : timers_) {
    if (key.first != id) continue;
    const auto source = source_of(trigger_of(key, timer.of));
    std::erase_if(stored_, [&](const Stored& row) {
      return row.workflow == id && row.position == key.second;
    });
    stored_.push_back({id, key.second, source, timer.enabled, {}});
  }
  for (const auto& [key, follower] : followers_) {
    if (key.first != id) continue;
    const auto source = source_of(trigger_of(key, follower.of));
    std::erase_if(stored_, [&](const Stored& row) {
      return row.workflow == id && row.position == key.second;
    });
    stored_.push_back({id, key.second, source, true, follower.cursor});
  }
  std::erase_if(timers_, of_it);
  std::erase_if(followers_, of_it);
  for (std::uint32_t i = 0; i < entry.definition->triggers.size(); ++i) {
    const Key key{id, i};
    const auto& trigger = entry.definition->triggers[i];
    if (trigger.type == Trigger::Type::kCron) add_timer(key, entry);
    if (trigger.type == Trigger::Type::kEvent) add_follower(key, entry);
  }
}

void Triggers::add_timer(const Key& key, const Definitions::Entry& entry) {
  const auto& trigger = trigger_of(key, entry);
  const auto* const known = stored(key, source_of(trigger));
  Timer timer;
  timer.of = entry;
  timer.enabled = known == nullptr || known->enabled;
  timer.next = trigger.schedule->next(hub_.clock().unix_millis());
  timers_.insert_or_assign(key, std::move(timer));
}

void Triggers::add_follower(const Key& key, const Definitions::Entry& entry) {
  const auto& trigger = trigger_of(key, entry);
  const auto source = source_of(trigger);
  const auto* const known = stored(key, source);
  auto selectors = proto::make_selectors({}, {trigger.topics->text()}, 1);
  if (!selectors) return note_failure(key.first, selectors.error());
  Follower follower;
  follower.of = entry;
  follower.selectors = std::make_shared<const proto::Selectors>(std::move(*selectors));
  head_ = std::max(head_, hub_.log().head());
  follower.cursor = known == nullptr ? head_ : known->reached;
  follower.covered = follower.saved = follower.cursor;
  if (known == nullptr) {
    // From here on it misses nothing.
    engine_.change([row = Stored{key.first, key.second, source, true, follower.cursor}](
                       log::Transaction& transaction) { return write(transaction.state(), row); },
                   [](const base::Result<>&) {});
  }
  followers_.insert_or_assign(key, std::move(follower));
}

base::Result<StartRequest> Triggers::request(const Definitions::Entry& entry,
                                             const Trigger& trigger, json::value fired) const {
  Scope scope;
  scope.trigger = &fired;
  scope.workflow = {entry.definition->id, entry.definition->name, entry.version};
  auto input = resolve(trigger.input, scope);
  if (!input) return input.error();
  StartRequest out;
  out.workflow = entry.definition->id;
  out.input = std::move(*input);
  out.trigger = std::move(fired);
  return out;
}

base::Result<StartRequest> Triggers::webhook(const std::string& workflow, const std::string& id,
                                             json::value fired) const {
  const auto* const entry = engine_.definitions().find(workflow);
  if (entry != nullptr) {
    for (const auto& trigger : entry->definition->triggers) {
      if (trigger.type == Trigger::Type::kWebhook && trigger.webhook_id == id) {
        return request(*entry, trigger, std::move(fired));
      }
    }
  }
  return base::make_error(base::ErrorCode::kNotFound, "there is no such hook any more");
}

void Triggers::note_failure(const std::string& workflow, const base::Error& error) {
  metrics_.trigger_failures.add();
  base::log_warning("workflow.trigger_failed", "workflow={} error=\"{}\"", workflow,
                    error.message());
}

void Triggers::step() {
  if (!engine_.ready()) return;
  const auto now = hub_.clock().unix_millis();
  for (auto& [key, timer] : timers_) {
    if (!timer.enabled || timer.starting) continue;
    if (timer.firing == 0 && timer.next != 0 && timer.next <= now) {
      timer.firing = timer.next;
      timer.retry = now;
      timer.next = trigger_of(key, timer.of).schedule->next(now);
    }
    if (timer.firing != 0 && timer.retry <= now) fire(key, timer);
  }
  for (auto& [key, follower] : followers_) follow(key, follower);
}

std::optional<base::Clock::Steady> Triggers::due() const {
  std::optional<base::Clock::Steady> earliest;
  const auto by = [&](base::Clock::Steady time) {
    if (!earliest || time < *earliest) earliest = time;
  };
  const auto& clock = hub_.clock();
  for (const auto& [key, timer] : timers_) {
    if (!timer.enabled || timer.starting) continue;
    const auto time = timer.firing != 0 ? timer.retry : timer.next;
    if (time == 0) continue;
    by(clock.steady() +
       std::chrono::milliseconds(std::max<std::int64_t>(time - clock.unix_millis(), 0)));
  }
  for (const auto& [key, follower] : followers_) {
    if (!follower.starting && !follower.matches.empty()) by(follower.retry);
  }
  return earliest;
}

void Triggers::fire(const Key& key, Timer& timer) {
  const auto& trigger = trigger_of(key, timer.of);
  auto start = request(timer.of, trigger,
                       json::object{{"type", "cron"},
                                    {"schedule", trigger.schedule->text()},
                                    {"timezone", trigger.schedule->zone()},
                                    {"time", proto::format_rfc3339(timer.firing)}});
  if (!start) {
    timer.firing = 0;
    return note_failure(key.first, start.error());
  }
  start->once = {
      .text = fmt::format("cron {} {} {}", key.first, key.second, timer.firing),
      .fingerprint = "cron",
      .expires = hub_.clock().unix_millis() +
                 std::chrono::duration_cast<std::chrono::milliseconds>(kKeyLifetime).count()};
  timer.starting = true;
  engine_.start(std::move(*start), [this, key](const base::Result<Started>& started) {
    const auto at = timers_.find(key);
    if (at == timers_.end()) return;
    at->second.starting = false;
    if (!started && base::info(started.error().code).retryable) {
      at->second.retry = hub_.clock().unix_millis() + std::chrono::milliseconds(kRetry).count();
      return;
    }
    at->second.firing = 0;
    if (!started) return note_failure(key.first, started.error());
    if (!started->repeated) metrics_.triggered.add();
  });
}

std::vector<Triggers::Schedule> Triggers::schedules() const {
  std::vector<Schedule> out;
  for (const auto& [key, timer] : timers_) {
    const auto& trigger = trigger_of(key, timer.of);
    out.push_back({.workflow = key.first,
                   .name = timer.of.definition->name,
                   .position = key.second,
                   .text = trigger.schedule->text(),
                   .zone = trigger.schedule->zone(),
                   .enabled = timer.enabled,
                   .next = timer.enabled ? timer.next : 0});
  }
  return out;
}

void Triggers::enable(const std::string& workflow, std::uint32_t position, bool enabled,
                      Engine::Done done) {
  const Key key{workflow, position};
  const auto at = timers_.find(key);
  if (at == timers_.end()) {
    return done(base::make_error(base::ErrorCode::kNotFound, "a schedule"));
  }
  engine_.change(
      [row = Stored{workflow, position, source_of(trigger_of(key, at->second.of)), enabled, {}}](
          log::Transaction& transaction) { return write(transaction.state(), row); },
      [this, key, enabled, done = std::move(done)](const base::Result<>& stored) {
        const auto found = timers_.find(key);
        if (stored && found != timers_.end()) {
          auto& timer = found->second;
          timer.enabled = enabled;
          timer.next = trigger_of(key, timer.of).schedule->next(hub_.clock().unix_millis());
        }
        done(stored);
      });
}

void Triggers::passed(const Key& key, base::Sequence at) {
  const auto found = followers_.find(key);
  if (found == followers_.end()) return;
  auto& follower = found->second;
  follower.starting = false;
  follower.saved = std::max(follower.saved, at);
  follower.cursor = std::max(follower.cursor, at);
  if (!follower.matches.empty() && follower.matches.front().at == at) follower.matches.pop_front();
}

/// The event's execution and the cursor beyond it are one commit.
void Triggers::start_next(const Key& key, Follower& follower) {
  const auto& match = follower.matches.front();
  const auto at = match.at;
  auto start = request(follower.of, trigger_of(key, follower.of), match.trigger);
  const auto move_on = [key, at](log::State& state) {
    return write_reached(state, key.first, key.second, at);
  };
  follower.starting = true;
  const auto give_up = [this, key, at, move_on](const base::Error& error) {
    note_failure(key.first, error);
    engine_.change(
        [move_on](log::Transaction& transaction) { return move_on(transaction.state()); },
        [this, key, at](const base::Result<>&) { passed(key, at); });
  };
  if (!start) return give_up(start.error());
  start->also = move_on;
  engine_.start(std::move(*start), [this, key, at, give_up](const base::Result<Started>& started) {
    if (started) {
      metrics_.triggered.add();
      return passed(key, at);
    }
    if (!base::info(started.error().code).retryable) return give_up(started.error());
    const auto found = followers_.find(key);
    if (found == followers_.end()) return;
    found->second.starting = false;
    found->second.retry = hub_.clock().steady() + kRetry;
  });
}

}  // namespace weir::apps::workflow
