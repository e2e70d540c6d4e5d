// The rows of the settings of workflows.

#include <array>

#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;
using W = WorkflowSettings;

constexpr std::string_view kWorkflows = "Workflows";

template <auto Member>
constexpr auto workflow() {
  return field<&Settings::workflow, Member>();
}

constexpr Setting number(std::string_view name, SettingField<std::uint32_t> place,
                         std::uint64_t least, std::uint64_t most, std::string_view help) {
  return Setting{.name = name,
                 .group = kWorkflows,
                 .kind = kInteger,
                 .field = place,
                 .min = least,
                 .max = most,
                 .reloadable = true,
                 .help = help};
}

const std::array kRows = {
    Setting{.name = "workflow",
            .group = kWorkflows,
            .kind = kBoolean,
            .field = workflow<&W::enabled>(),
            .help = "Executes workflows, and has the addresses under `/api/workflow/`."},
    number("workflow_running_max", workflow<&W::running_max>(), 1, 100'000,
           "Executions that run at once; those that a node of another one waits for are not "
           "counted. Further ones wait."),
    number("workflow_queued_max", workflow<&W::queued_max>(), 0, 1'000'000,
           "Executions that wait to run. One more is refused with 429."),
    number("workflow_effects_max", workflow<&W::effects_max>(), 1, 10'000,
           "Attempts of effects (`shell`, `http`, `script`, `publish` …) at once, of all "
           "executions. Further nodes wait."),
    number("workflow_items_max", workflow<&W::items_max>(), 1, 100'000,
           "Items of a `foreach`. A node with more fails."),
    number("workflow_depth_max", workflow<&W::depth_max>(), 1, 100,
           "Executions that start each other, one inside the other. A `workflow` node beyond it "
           "fails."),
    number("workflow_interruptions_max", workflow<&W::interruptions_max>(), 0, 1'000,
           "Crashes of the server after which one node with `onCrash: retry` is tried again. After "
           "one more it fails: it may be what makes the server crash."),
    Setting{.name = "workflow_value_bytes_max",
            .group = kWorkflows,
            .kind = kBytes,
            .field = workflow<&W::value_bytes_max>(),
            .min = kKiB,
            .max = 16 * kMiB,
            .reloadable = true,
            .help = "Of a node's output, of an execution's and of its input, as JSON. A node with "
                    "a larger output fails."},
    Setting{.name = "workflow_node_log_bytes_max",
            .group = kWorkflows,
            .kind = kBytes,
            .field = workflow<&W::log_bytes_max>(),
            .max = kGiB,
            .reloadable = true,
            .help = "What is kept of what a node writes to its log, in all of its attempts. The "
                    "rest is left out, and the "
                    "log says so."},
    Setting{.name = "workflow_cancel_grace",
            .group = kWorkflows,
            .kind = kDuration,
            .field = workflow<&W::cancel_grace>(),
            .min = 100,
            .max = kHour,
            .reloadable = true,
            .help = "How long an effect that was asked to end may take. After it the node counts "
                    "as cancelled, and what the effect says is refused."},
    Setting{.name = "workflow_keep_executions",
            .group = kWorkflows,
            .kind = kInteger,
            .field = workflow<&W::keep_executions>(),
            .reloadable = true,
            .help = "Executions that are kept, with their logs and events; the oldest that have "
                    "ended are forgotten. 0 is without this limit."},
    Setting{.name = "workflow_keep_age",
            .group = kWorkflows,
            .kind = kDuration,
            .field = workflow<&W::keep_age>(),
            .reloadable = true,
            .help = "How long after its end an execution is kept. 0 is without this limit."},
    number("workflow_page_max", workflow<&W::page_max>(), 1, 10'000,
           "What `limit` of `GET /api/workflow/executions` may ask for. More is refused with 400."),
};

}  // namespace

std::span<const Setting> workflow_rows() { return kRows; }

}  // namespace weir::base
