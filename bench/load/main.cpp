// weir_bench_load SCENARIO [--option value]...
//
// One scenario against a running server; prints its figures as one line of JSON. Exit code 0: the
// figures are good; 1: the server lost, repeated, reordered or refused something; 2: nothing could
// be measured.

#include <signal.h>

#include <map>
#include <string>

#include "common/fatal.hpp"
#include "common/options.hpp"
#include "common/report.hpp"
#include "common/socket.hpp"
#include "load/scenarios.hpp"

int main(int argc, char** argv) {
  using namespace weir::bench;
  using Scenario = void (*)(Options&, Report&, Faults&);
  const std::map<std::string, Scenario> scenarios{
      {"fanout", run_fanout},   {"rate", run_rate},         {"publish", run_publish},
      {"batches", run_batches}, {"stream", run_stream},     {"backlog", run_backlog},
      {"return", run_return},   {"idle", run_idle},         {"start", run_start},
      {"crowd", run_crowd},     {"handover", run_handover},
  };
  Options options(argc, argv);
  auto found =
      options.words().size() == 1 ? scenarios.find(options.words().front()) : scenarios.end();
  if (found == scenarios.end()) {
    std::string names;
    for (const auto& [name, run] : scenarios) names += " " + name;
    fatal("give one scenario of:" + names);
  }
  raise_descriptor_limit();
  // OpenSSL writes to sockets without MSG_NOSIGNAL.
  signal(SIGPIPE, SIG_IGN);
  Report report;
  Faults faults;
  report.add("scenario", found->first);
  found->second(options, report, faults);
  report.add("faults", faults.count());
  if (faults.count() > 0) report.add("first_fault", faults.first());
  report.print();
  return faults.count() > 0 ? 1 : 0;
}
