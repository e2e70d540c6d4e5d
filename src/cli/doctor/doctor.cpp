#include <fmt/format.h>

#include <memory>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/doctor/diagnosis.hpp"
#include "cli/doctor/examination.hpp"
#include "cli/doctor/report.hpp"
#include "cli/server_options.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"

namespace weir::cli {
namespace {

struct DoctorOptions {
  ServerOptions server;
  std::string idle = "20s";
  std::uint32_t connections = 20;
  bool json = false;
};

int run_doctor(const DoctorOptions& options) {
  const auto idle = base::parse_duration(options.idle);
  constexpr std::chrono::minutes kIdleMax{15};
  if (!idle || *idle > kIdleMax) {
    return fail(
        base::make_error(base::ErrorCode::kUsage,
                         fmt::format("--idle: \"{}\" is no duration up to 15m", options.idle)));
  }
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  auto with_http2 = *server;
  if (server->url.secure) {
    auto connection = options.server.connection({"h2", "http/1.1"});
    if (!connection) return fail(connection.error());
    with_http2.connection = std::move(*connection);
  }
  ExaminationOptions examination{.idle = *idle, .connections = options.connections};
  const bool shown = stderr_is_terminal() && !options.json;
  if (shown) {
    examination.progress = [](std::string_view what) {
      fmt::print(stderr, "\r\x1b[K\x1b[2m{} …\x1b[0m", what);
      std::fflush(stderr);
    };
  }
  const auto found = examine(*server, with_http2, examination, stop_signals());
  if (shown) fmt::print(stderr, "\r\x1b[K");
  if (signal_status() != 0) return signal_status();
  const auto findings = diagnose(found);
  const int printed =
      print(options.json ? report_json(found, findings) : report_text(found, findings));
  if (printed != kSuccess) return printed;
  return healthy(findings) ? kSuccess : kFailure;
}

}  // namespace

void add_doctor(CLI::App& program, Action& action) {
  auto* command =
      program.add_subcommand("doctor", "Examine what proxies do to streams on the way to a server");
  auto options = std::make_shared<DoctorOptions>();
  auto& o = *options;
  command->add_option("URL", o.server.url, "The server as clients reach it, through all proxies.")
      ->required();
  command
      ->add_option("--idle", o.idle,
                   "The longest silence to try a stream with. Default: 20s; up to 15m, 0 for none.")
      ->type_name("DURATION");
  command
      ->add_option("--connections", o.connections,
                   "How many streams to open at once. Default: 20; 0 for none.")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000).description(""));
  command->add_flag("--json", o.json, "Print one JSON object.");
  o.server.add_credentials_to(*command);
  command->footer(
      "  weir doctor https://events.example                 a look, about 20 seconds\n"
      "  weir doctor https://events.example --idle 5m       also finds longer timeouts\n"
      "\n"
      "Exit status: 0 healthy, 1 not healthy, 2 for bad usage.");
  command->callback([&action, options] { action = [options] { return run_doctor(*options); }; });
}

}  // namespace weir::cli
