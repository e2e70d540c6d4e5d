#pragma once

// What a node does to the world, as the engine asks for it and hears of it. The engine commits
// `node.started`, starts the effect, and gets its log, its progress and its end through a sink:
//
//   runner.start({.id = {execution, "fetch", 1}, .kind = NodeKind::kHttp, …}, sink);
//
// The kinds that are effects are shell, http, script and publish; the others are the engine's own.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/workflow/model/node_kind.hpp"
#include "base/types.hpp"

namespace weir::apps::workflow {

/// Which attempt of which node: what an effect is known by, and fenced by. A later attempt of the
/// same node is another effect, and nothing of an earlier one reaches its sink.
struct EffectId {
  std::string execution;  ///< "wf_exec_…"
  std::string node;       ///< "fetch"; of a child "each/3".
  std::uint32_t attempt = 1;

  friend auto operator<=>(const EffectId&, const EffectId&) = default;
};

struct EffectRequest {
  EffectId id;
  NodeKind kind = NodeKind::kShell;
  boost::json::object with;  ///< The node's, every expression of it resolved.
  /// What a script sees as globals: `input`, `nodes`, and where there are such `item`, `index`,
  /// `trigger`, `execution`, `workflow`. Empty for the other kinds.
  boost::json::object scope;
  /// The values of the secrets in `with`: none of them goes to the sink.
  std::vector<std::string> secrets;
  base::UnixMillis deadline = 0;  ///< When the attempt has timed out; 0: without a limit.
  std::string trace;              ///< Packed (proto::pack_trace), or empty.
};

/// How an attempt ended.
struct EffectOutcome {
  bool ok = false;
  boost::json::value output = {};  ///< Also of some failures: a command's that exits with 1.
  std::string error = {};          ///< A sentence for people where it failed, without secrets.
  bool retryable = false;          ///< Whether another attempt may succeed.
  bool timed_out = false;
  bool cancelled = false;
  /// Not sooner than this, says the other side.
  std::optional<std::chrono::milliseconds> retry_after = {};
};

/// A failed attempt.
inline EffectOutcome failure(std::string error, bool retryable = false) {
  return {.error = std::move(error), .retryable = retryable};
}

/// Where an attempt tells what it does. Called from any thread, never from two at once, and never
/// inside `start` or `cancel`. The calls must not block: one thread serves many attempts.
class EffectSink {
 public:
  virtual ~EffectSink() = default;

  /// A piece of the log, valid UTF-8, cut anywhere. `stream` is "stdout", "stderr", or "log" for
  /// what a script or the runner itself says.
  virtual void log(std::string_view stream, std::string_view text) = 0;
  /// `percent` is from 0 to 100.
  virtual void progress(double percent, std::string_view message) = 0;
  /// Once, as the last call.
  virtual void done(EffectOutcome outcome) = 0;
};

/// Runs effects. Any thread may call; nothing blocks.
class EffectRunner {
 public:
  virtual ~EffectRunner() = default;

  /// Begins, or queues where as many run as may. The sink is held until its `done`, which comes
  /// once, in every case but one: the runner is stopped. Then the attempt is broken off without a
  /// word, as by a crash. An id that is under way must not be started again.
  virtual void start(EffectRequest request, std::shared_ptr<EffectSink> sink) = 0;

  /// Asks the attempt to end; its `done` follows soon, and may still tell of a success that came
  /// first. An attempt that is not (or no longer) known is none of its business: no call follows.
  virtual void cancel(const EffectId& id) = 0;
};

}  // namespace weir::apps::workflow
