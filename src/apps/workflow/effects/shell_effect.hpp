#pragma once

#include <boost/json/object.hpp>
#include <memory>

#include "apps/workflow/effects/attempt_log.hpp"
#include "apps/workflow/effects/effect.hpp"
#include "apps/workflow/effects/processes.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::apps::workflow {

/// What a `shell` node is to run: `with` under the settings, whose limits it can only make smaller.
/// kForbidden where commands may not run, kBadRequest. May read the system's user database.
base::Result<ProcessSpec> shell_process(const EffectRequest& request,
                                        const base::Settings& settings);

/// A command that runs, from its first byte to its outcome. Belongs to the thread of `processes`,
/// which outlives it; held by its own handlers.
class ShellEffect : public std::enable_shared_from_this<ShellEffect> {
 public:
  using Done = std::function<void(EffectOutcome, bool log_cut)>;

  /// The sink and the masker outlive it.
  ShellEffect(EffectSink& sink, const Masker& masker, const base::Settings& settings, Done done);

  /// Begins; `done` follows if this succeeds. Gives the number of the process.
  base::Result<std::uint64_t> start(Processes& processes, const ProcessSpec& spec);

 private:
  void ended(ProcessEnd end);

  ProgressPace progress_;
  AttemptLog log_;
  LogStream output_;
  LogStream errors_;
  Done done_;
};

}  // namespace weir::apps::workflow
