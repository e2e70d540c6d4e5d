#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "apps/workflow/effects/lua/budget.hpp"

namespace weir::apps::workflow {

/// What a script may tell while it runs; called on its thread.
struct ScriptVoice {
  std::function<void(std::string_view line)> log;  ///< With its line end.
  std::function<void(double percent, std::string_view message)> progress;
};

struct ScriptResult {
  bool ok = false;
  boost::json::value value;  ///< What it returned; null: nothing.
  std::string error;         ///< "script:3: …".
  bool compiled = true;      ///< False: the source is wrong, and will be the next time.
  ScriptBudget::Spent spent = ScriptBudget::Spent::kNothing;
};

/// Runs a Lua script in a state of its own: `scope`'s members are its globals, with `log`, `print`
/// (the same), `progress` and `json`; libraries.hpp says what else there is. Nothing leads out of
/// it. Blocks; any thread.
ScriptResult run_script(std::string_view source, const boost::json::object& scope,
                        const ScriptBudget::Limits& limits, std::size_t output_bytes_max,
                        const ScriptVoice& voice);

}  // namespace weir::apps::workflow
