// The commands that work on a data directory beside the server: backup, restore and inspect.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>

#include "base/random.hpp"
#include "base/units.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "log/backup.hpp"
#include "proto/cursor.hpp"
#include "server/commands.hpp"
#include "server/log_report_text.hpp"

namespace weir::server {
namespace {

using base::ErrorCode;

/// Whoever serves comes first: the rest of the processor, and of the disk where its scheduler knows
/// such a thing (the values are those of linux/ioprio.h: this process, class "idle").
void step_back() {
  (void)::setpriority(PRIO_PROCESS, 0, 10);
  (void)::syscall(SYS_ioprio_set, 1, 0, 3 << 13);
}

bool stopped() { return cli::stop_signals().triggered(); }

int failed(const base::Error& error) {
  if (cli::signal_status() != 0) return cli::signal_status();
  return cli::fail(error);
}

base::Result<std::uint64_t> bytes_of(const std::string& text, std::string_view option) {
  auto bytes = base::parse_bytes(text);
  if (bytes) return bytes;
  return base::make_error(ErrorCode::kUsage, fmt::format("{}: {}", option, bytes.error().detail));
}

struct BackupOptions {
  std::string data_dir;
  std::string out;
  std::string rate = "64MiB";
  std::string wal_max = "4GiB";
};

int run_backup(const BackupOptions& options) {
  const auto rate = bytes_of(options.rate, "--rate");
  if (!rate) return cli::fail(rate.error());
  const auto wal_max = bytes_of(options.wal_max, "--wal-max");
  if (!wal_max) return cli::fail(wal_max.error());
  step_back();
  const bool shown = cli::stderr_is_terminal();
  const auto made = log::back_up({.data_dir = options.data_dir,
                                  .out = options.out,
                                  .bytes_per_second = *rate,
                                  .wal_bytes_max = *wal_max,
                                  .stop = stopped,
                                  .progress = [shown](auto done, auto total) {
                                    if (!shown || total == 0) return;
                                    fmt::print(stderr, "\r\x1b[Kcopied {} % of {} MiB",
                                               done * 100 / total, total >> 20);
                                  }});
  if (shown) fmt::print(stderr, "\r\x1b[K");
  if (!made) return failed(made.error());
  for (const auto& each : made->check.damage) cli::print_error(each);
  const auto text =
      fmt::format("{}{}: everything up to {}, {} events, {} bytes\n", options.out,
                  made->check.sound() ? "" : ".damaged",
                  proto::to_string({made->epoch, made->head}), made->check.events, made->bytes);
  if (const int status = cli::print(text); status != cli::kSuccess) return status;
  return made->check.sound() ? cli::kSuccess : cli::kFailure;
}

struct RestoreOptions {
  std::string backup;
  std::string data_dir;
  bool same_epoch = false;
  bool accept_damage = false;
};

int run_restore(const RestoreOptions& options) {
  const auto done = log::restore({.backup = options.backup,
                                  .data_dir = options.data_dir,
                                  .same_epoch = options.same_epoch,
                                  .new_epoch = {base::random_seed()},
                                  .accept_damage = options.accept_damage,
                                  .stop = stopped},
                                 base::system_clock());
  if (!done) return failed(done.error());
  for (const auto& each : done->check.damage) cli::print_error(each);
  return cli::print(
      fmt::format("{}: {} events up to {}\n{}\n", options.data_dir, done->check.events,
                  proto::to_string({done->epoch, done->head}),
                  options.same_epoch
                      ? "The log has its old epoch: clients go on with their cursors."
                      : "The log has a new epoch: clients with older cursors are told of a gap."));
}

struct InspectOptions {
  std::string path;
  std::size_t topics = 10;
  bool check = false;
  bool json = false;
};

int run_inspect(const InspectOptions& options) {
  const auto place = log::place_of(options.path);
  const auto report = log::report_log(place, options.topics);
  if (!report) return failed(report.error());
  std::optional<log::CheckResult> check;
  if (options.check) {
    step_back();
    auto checked = log::check_log(place, stopped);
    if (!checked) return failed(checked.error());
    if (checked->stopped) return cli::signal_status();
    check = std::move(*checked);
  }
  const auto text = options.json ? report_json(*report, check) : report_text(*report, check);
  if (const int status = cli::print(text); status != cli::kSuccess) return status;
  return !check || check->sound() ? cli::kSuccess : cli::kFailure;
}

}  // namespace

void add_backup(CLI::App& program, cli::Action& action) {
  auto* command = program.add_subcommand("backup", "Copy the log, while a server writes to it");
  command->footer(
      "The copy is one file with everything that was acknowledged when the command began. It is\n"
      "checked before it gets its name. The server's write-ahead log grows meanwhile.\n"
      "\n"
      "  weir backup --data-dir /var/lib/weir /backup/weir-monday.db\n"
      "  weir restore /backup/weir-monday.db --data-dir /var/lib/weir");
  auto options = std::make_shared<BackupOptions>();
  command->add_option("OUT", options->out, "The file to make; must not be there")->required();
  command->add_option("--data-dir", options->data_dir, "The server's data directory.")
      ->type_name("DIR")
      ->required();
  command
      ->add_option("--rate", options->rate,
                   "Bytes a second at most, so that the disk has time for the server; 0: no limit.")
      ->type_name("BYTES")
      ->capture_default_str();
  command
      ->add_option("--wal-max", options->wal_max,
                   "Give up when the server's write-ahead log grows larger than this meanwhile.")
      ->type_name("BYTES")
      ->capture_default_str();
  command->callback([&action, options] { action = [options] { return run_backup(*options); }; });
}

void add_restore(CLI::App& program, cli::Action& action) {
  auto* command = program.add_subcommand("restore", "Make a data directory of a backup");
  command->footer(
      "The directory must be empty. The log gets a new epoch: a client that comes back with a\n"
      "cursor of the old one is told of a gap and begins at the oldest event.");
  auto options = std::make_shared<RestoreOptions>();
  command->add_option("BACKUP", options->backup, "The file that weir backup made")->required();
  command->add_option("--data-dir", options->data_dir, "The directory to make.")
      ->type_name("DIR")
      ->required();
  command->add_flag(
      "--same-epoch", options->same_epoch,
      "Keep the epoch, so that cursors stay good. Only where nothing was acknowledged "
      "after the backup was made: else a cursor may stand for two events.");
  command->add_flag("--accept-damage", options->accept_damage,
                    "Restore a backup that fails its check, too: what is damaged is a gap.");
  command->callback([&action, options] { action = [options] { return run_restore(*options); }; });
}

void add_inspect(CLI::App& program, cli::Action& action) {
  auto* command = program.add_subcommand("inspect", "Say what a data directory or a backup holds");
  command->footer(
      "Changes nothing, and may be used beside a running server. The exit status is 1\n"
      "where --check finds damage.");
  auto options = std::make_shared<InspectOptions>();
  command->add_option("DIR", options->path, "A data directory, or a backup")->required();
  command->add_flag("--check", options->check,
                    "Read all of it and compare: checksums, order, totals, indices.");
  command->add_option("--topics", options->topics, "How many of the largest topics to show.")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON object.");
  command->callback([&action, options] { action = [options] { return run_inspect(*options); }; });
}

}  // namespace weir::server
