#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/workflow/engine/engine.hpp"
#include "apps/workflow/engine/metrics.hpp"
#include "apps/workflow/model/definition.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"

namespace weir::apps::workflow {

/// Begins executions by itself: at times, and for events. Each time and each event begins one
/// execution, whatever crashes: a start at a time has a key that only it has, and a start for an
/// event and the cursor beyond the event are one commit. Times that pass while no server runs are
/// not made up for; events are.
///
/// All calls on the engine's thread.
class Triggers {
 public:
  /// As it is stored.
  struct Stored {
    std::string workflow;
    std::uint32_t position = 0;
    std::string source;  ///< What it fires for; another text is another trigger.
    bool enabled = true;
    base::Sequence reached;  ///< Of an event's: everything up to here is done.
  };

  /// A schedule as people see it.
  struct Schedule {
    std::string workflow;
    std::string name;
    std::uint32_t position = 0;
    std::string text;
    std::string zone;
    bool enabled = true;
    base::UnixMillis next = 0;  ///< 0: never.
  };

  /// `engine` and `hub` outlive it.
  Triggers(Engine& engine, hub::Hub& hub, std::function<void(base::Task)> post,
           WorkflowMetrics& metrics)
      : engine_(engine), hub_(hub), post_(std::move(post)), metrics_(metrics) {}

  static base::Result<std::vector<Stored>> read(log::State& state);
  /// What was stored, before the definitions are heard of.
  void restore(std::vector<Stored> stored) { stored_ = std::move(stored); }
  void on_definition(const Definitions::Entry& entry);
  void on_deletion(const std::string& workflow);
  void on_batch(const log::BatchPtr& batch);
  /// Whether anything follows the log.
  bool follows() const { return !followers_.empty(); }

  void step();
  std::optional<base::Clock::Steady> due() const;

  /// What a webhook of that workflow begins. kNotFound: the definition has none of that id any
  /// more.
  base::Result<StartRequest> webhook(const std::string& workflow, const std::string& id,
                                     boost::json::value fired) const;

  std::vector<Schedule> schedules() const;
  /// kNotFound.
  void enable(const std::string& workflow, std::uint32_t position, bool enabled, Engine::Done done);

 private:
  using Key = std::pair<std::string, std::uint32_t>;  ///< Workflow and position.
  struct Timer {
    Definitions::Entry of;
    bool enabled = true;
    base::UnixMillis next = 0;    ///< Fires then.
    base::UnixMillis firing = 0;  ///< The time that is being fired for; 0: none.
    base::UnixMillis retry = 0;   ///< When that is tried again.
    bool starting = false;
  };
  struct Match {
    base::Sequence at;
    boost::json::value trigger;
  };
  struct Follower {
    Definitions::Entry of;
    std::shared_ptr<const proto::Selectors> selectors;
    base::Sequence cursor;  ///< Everything up to here was looked at.
    base::Sequence saved;
    bool reading = false;
    bool starting = false;
    bool saving = false;
    std::deque<Match> matches;
    base::Sequence covered;  ///< Where the cursor goes behind the matches.
    base::Clock::Steady retry{};
  };

  const Stored* stored(const Key& key, const std::string& source) const;
  void add_timer(const Key& key, const Definitions::Entry& entry);
  void add_follower(const Key& key, const Definitions::Entry& entry);
  const Trigger& trigger_of(const Key& key, const Definitions::Entry& entry) const;
  base::Result<StartRequest> request(const Definitions::Entry& entry, const Trigger& trigger,
                                     boost::json::value fired) const;

  void fire(const Key& key, Timer& timer);
  void follow(const Key& key, Follower& follower);
  void read_log(const Key& key, Follower& follower);
  void take(Follower& follower, const log::ReadResult& result);
  void start_next(const Key& key, Follower& follower);
  void passed(const Key& key, base::Sequence at);
  void save(const Key& key, Follower& follower);
  void note_failure(const std::string& workflow, const base::Error& error);

  Engine& engine_;
  hub::Hub& hub_;
  std::function<void(base::Task)> post_;
  WorkflowMetrics& metrics_;
  std::vector<Stored> stored_;
  std::map<Key, Timer> timers_;
  std::map<Key, Follower> followers_;
  base::Sequence head_;
};

}  // namespace weir::apps::workflow
