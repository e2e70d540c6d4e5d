#include "apps/workflow/effects/script_effect.hpp"

#include "apps/workflow/effects/attempt_log.hpp"
#include "apps/workflow/effects/lua/script.hpp"
#include "apps/workflow/effects/with.hpp"
#include "apps/workflow/model/json_members.hpp"
#include "proto/utf8.hpp"

namespace weir::apps::workflow {

ScriptEnd run_script_effect(const EffectRequest& request, const base::Settings& settings,
                            const Masker& masker, EffectSink& sink,
                            const client::Interrupt& interrupt) {
  ProgressPace progress(sink);
  AttemptLog log(sink, settings.effects.log_bytes_max);
  LogStream lines("log", log, masker, 0);
  const ScriptVoice voice{.log = [&](std::string_view line) { lines.feed(line); },
                          .progress =
                              [&](double percent, std::string_view message) {
                                std::string text;
                                proto::append_utf8_lossy(text, message);
                                progress.report(percent, masker.mask(text));
                              }};
  const ScriptBudget::Limits limits{.instructions = settings.effects.script_instructions,
                                    .memory_bytes = settings.effects.script_memory,
                                    .interrupt = &interrupt};
  auto result = run_script(text_member(request.with, "source"), request.scope, limits,
                           static_cast<std::size_t>(settings.effects.output_bytes_max), voice);
  lines.finish();
  progress.flush();
  ScriptEnd end;
  end.log_cut = log.cut();
  end.outcome.ok = result.ok;
  if (result.ok) {
    end.outcome.output = std::move(result.value);
    return end;
  }
  proto::append_utf8_lossy(end.outcome.error, result.error);
  // The same script would use up the same again; what it did itself may go otherwise.
  end.outcome.retryable = result.compiled && result.spent == ScriptBudget::Spent::kNothing;
  return end;
}

}  // namespace weir::apps::workflow
