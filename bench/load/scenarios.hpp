#pragma once

#include "common/options.hpp"
#include "common/report.hpp"
#include "load/delivery_book.hpp"

namespace weir::bench {

// Each scenario reads its options, does its work against the server of `--server`, adds its figures
// to the report, and what went wrong to the faults. Windows of measurement begin once everybody is
// connected.

// Closed loop: at most K events are undelivered; the next is published when all subscribers have
// one. Also the many-topics (`--topics`) and merged (`--in-flight 64`) cases.
void run_fanout(Options& options, Report& report, Faults& faults);
// Open loop: so many events per second, whatever the server does; with `--stalled` a second window
// in which some of the readers do not read, and their return.
void run_rate(Options& options, Report& report, Faults& faults);
// Single POSTs without subscribers.
void run_publish(Options& options, Report& report, Faults& faults);
// NDJSON batches without subscribers; `--events` fills a log with so many.
void run_batches(Options& options, Report& report, Faults& faults);
// NDJSON in one endless request per connection, with a window of unanswered lines.
void run_stream(Options& options, Report& report, Faults& faults);
// Publishes what `return` will fetch, and finds the id from which.
void run_backlog(Options& options, Report& report, Faults& faults);
// Subscribers connect with a Last-Event-ID and catch up.
void run_return(Options& options, Report& report, Faults& faults);
// Connected subscribers and no events: memory and processor time.
void run_idle(Options& options, Report& report, Faults& faults);
// Many subscribers, and a few events one after another that each of them must get.
void run_crowd(Options& options, Report& report, Faults& faults);
// The command behind `--` starts a server that takes over from the one that runs, while subscribers
// read and publishers publish: what is lost, refused, and how long anybody waits.
void run_handover(Options& options, Report& report, Faults& faults);
// From exec of the command behind `--` to its first 200 on /readyz.
void run_start(Options& options, Report& report, Faults& faults);

}  // namespace weir::bench
