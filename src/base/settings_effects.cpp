// The rows of the settings of what the nodes of workflows do to the world.

#include "base/settings_effects.hpp"

#include <array>

#include "base/settings_check.hpp"
#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;
using E = EffectSettings;

constexpr std::array<std::string_view, 3> kShell = {"auto", "on", "off"};
constexpr std::string_view kEffects = "What workflows do";

template <auto Member>
constexpr auto effects() {
  return field<&Settings::effects, Member>();
}

const std::array kRows = {
    Setting{.name = "workflow_shell",
            .group = kEffects,
            .kind = kChoice,
            .field = effects<&E::shell>(),
            .choices = kShell,
            .help = "Whether `shell` nodes may run commands on this machine. `auto`: only while "
                    "every address that is listened on is of this machine alone."},
    Setting{.name = "workflow_shell_user",
            .group = kEffects,
            .kind = kString,
            .field = effects<&E::shell_user>(),
            .reloadable = true,
            .help = "The system's user that commands run as, with that user's group alone; only a "
                    "server that runs as root can change to one. Empty: the server's own."},
    Setting{.name = "workflow_processes_max",
            .group = kEffects,
            .kind = kInteger,
            .field = effects<&E::processes_max>(),
            .min = 1,
            .max = 1'024,
            .reloadable = true,
            .help = "Commands at once. Further ones wait."},
    Setting{.name = "workflow_kill_grace",
            .group = kEffects,
            .kind = kDuration,
            .field = effects<&E::kill_grace>(),
            .max = kHour,
            .reloadable = true,
            .help = "How long a command that is cancelled, or out of time, has between SIGTERM and "
                    "SIGKILL."},
    Setting{.name = "workflow_shell_cpu",
            .group = kEffects,
            .kind = kDuration,
            .field = effects<&E::shell_cpu>(),
            .max = 365 * kDay,
            .reloadable = true,
            .help = "Processor time of each process of a command, in whole seconds (RLIMIT_CPU). 0 "
                    "is without this limit; a node may ask for less."},
    Setting{.name = "workflow_shell_memory",
            .group = kEffects,
            .kind = kBytes,
            .field = effects<&E::shell_memory>(),
            .reloadable = true,
            .help = "Address space of each process of a command (RLIMIT_AS). 0 is without this "
                    "limit; a node may ask for less."},
    Setting{.name = "workflow_shell_file_size",
            .group = kEffects,
            .kind = kBytes,
            .field = effects<&E::shell_file_size>(),
            .reloadable = true,
            .help = "Size of each file that a command writes (RLIMIT_FSIZE). 0 is without this "
                    "limit; a node may ask for less."},
    Setting{.name = "workflow_shell_files",
            .group = kEffects,
            .kind = kInteger,
            .field = effects<&E::shell_files>(),
            .max = 1'048'576,
            .reloadable = true,
            .help = "Open files of each process of a command (RLIMIT_NOFILE). 0 is the server's "
                    "own limit; a node may ask for less."},
    Setting{.name = "workflow_shell_processes",
            .group = kEffects,
            .kind = kInteger,
            .field = effects<&E::shell_processes>(),
            .max = 4'194'304,
            .reloadable = true,
            .help = "Processes and threads of the user that commands run as, all of them together "
                    "(RLIMIT_NPROC); root has no such limit. 0 is without this limit; a node may "
                    "ask for less."},
    Setting{.name = "workflow_http_max",
            .group = kEffects,
            .kind = kInteger,
            .field = effects<&E::http_max>(),
            .min = 1,
            .max = 1'024,
            .reloadable = true,
            .help = "Requests of `http` nodes at once; a thread each, made when it is needed. "
                    "Further ones wait."},
    Setting{.name = "workflow_http_private",
            .group = kEffects,
            .kind = kStringList,
            .field = effects<&E::http_private>(),
            .check = check_address_block,
            .reloadable = true,
            .help = "Addresses and blocks (`10.0.0.0/8`, `127.0.0.1`) that `http` nodes may ask "
                    "although they are not public."},
    Setting{.name = "workflow_scripts_max",
            .group = kEffects,
            .kind = kInteger,
            .field = effects<&E::scripts_max>(),
            .min = 1,
            .max = 256,
            .reloadable = true,
            .help = "`script` nodes that compute at once; a thread each. Further ones wait."},
    Setting{.name = "workflow_script_memory",
            .group = kEffects,
            .kind = kBytes,
            .field = effects<&E::script_memory>(),
            .min = kMiB,
            .max = 16 * kGiB,
            .reloadable = true,
            .help = "Memory of a script."},
    Setting{.name = "workflow_script_instructions",
            .group = kEffects,
            .kind = kInteger,
            .field = effects<&E::script_instructions>(),
            .min = 10'000,
            .reloadable = true,
            .help = "Instructions that a script may run; a hundred million take about a second."},
    Setting{.name = "workflow_output_bytes_max",
            .group = kEffects,
            .kind = kBytes,
            .field = effects<&E::output_bytes_max>(),
            .min = kKiB,
            .max = 16 * kMiB,
            .reloadable = true,
            .help = "What a node may result in. Of a command's streams the end is kept; a larger "
                    "answer, JSON or script's result is a failure."},
    Setting{.name = "workflow_log_bytes_max",
            .group = kEffects,
            .kind = kBytes,
            .field = effects<&E::log_bytes_max>(),
            .min = kKiB,
            .reloadable = true,
            .help = "What the log of an attempt holds. The rest is left out, and said to be."},
    Setting{.name = "workflow_effects_waiting_max",
            .group = kEffects,
            .kind = kInteger,
            .field = effects<&E::waiting_max>(),
            .min = 1,
            .max = 1'000'000,
            .reloadable = true,
            .help = "Nodes that wait because as many of their kind run as may. One more fails, and "
                    "is retried as its `retry` says."},
    Setting{.name = "workflow_secret_key_file",
            .group = kEffects,
            .kind = kString,
            .field = effects<&E::secret_key_file>(),
            .help = "File of the key that secrets are encrypted with: 32 bytes in base64url, as "
                    "`openssl rand -base64 32 | tr +/ -_ | tr -d =` makes. Empty: `secret.key` in "
                    "the data directory, made at the first start."},
};

}  // namespace

std::span<const Setting> effect_rows() { return kRows; }

}  // namespace weir::base
