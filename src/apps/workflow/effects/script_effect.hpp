#pragma once

#include "apps/workflow/effects/effect.hpp"
#include "apps/workflow/effects/masker.hpp"
#include "base/settings.hpp"
#include "client/interrupt.hpp"

namespace weir::apps::workflow {

struct ScriptEnd {
  EffectOutcome outcome;
  bool log_cut = false;
};

/// Runs the script of a `script` node; what it says goes to the sink meanwhile. Blocks until it is
/// done or the interrupt is triggered; any thread.
ScriptEnd run_script_effect(const EffectRequest& request, const base::Settings& settings,
                            const Masker& masker, EffectSink& sink,
                            const client::Interrupt& interrupt);

}  // namespace weir::apps::workflow
