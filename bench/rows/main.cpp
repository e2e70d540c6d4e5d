// What a database without a server around it does, beside which executions of workflows are
// measured; and a million of them, faster than they could be executed.
//
// weir_bench_rows commits --folder DIR --commits N --rows N [--bytes 200]
//   So many rows in so many durable commits of SQLite: half of them new, half of them changed
//   again.
// weir_bench_rows executions --database FILE --count N
//   Into the database of a server that is stopped: N executions of 20 workflows, each a copy of one
//   of the first three, which the server has executed itself: the first 90 of a hundred times, the
//   second 9, the third 1.

#include <sqlite3.h>

#include <string>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/options.hpp"
#include "common/report.hpp"

namespace weir::bench {
namespace {

class Database {
 public:
  explicit Database(const std::string& file) {
    if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) fail("open " + file);
  }
  ~Database() { sqlite3_close(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) fail(sql);
    return statement;
  }
  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) fail("step");
    sqlite3_reset(statement);
  }
  std::string text(const char* sql) {
    sqlite3_stmt* statement = prepare(sql);
    if (sqlite3_step(statement) != SQLITE_ROW) fail(sql);
    std::string found = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return found;
  }

 private:
  [[noreturn]] void fail(const std::string& doing) {
    fatal(doing.substr(0, 200) + ": " + sqlite3_errmsg(handle_));
  }

  sqlite3* handle_ = nullptr;
};

void measure_commits(const std::string& folder, long commits, long rows, long bytes,
                     Report& report) {
  Database database(folder + "/rows.db");
  database.run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
      "CREATE TABLE rows (id INTEGER PRIMARY KEY, changes INTEGER NOT NULL, text TEXT NOT NULL)");
  sqlite3_stmt* const insert = database.prepare("INSERT INTO rows VALUES (?, 0, ?)");
  sqlite3_stmt* const change =
      database.prepare("UPDATE rows SET changes = changes + 1, text = ? WHERE id = ?");
  const std::string text(static_cast<size_t>(bytes), 'r');
  const int64_t start = now_ns();
  long written = 0;
  for (long i = 0; i < commits; ++i) {
    database.run("BEGIN");
    for (const long until = rows * (i + 1) / commits; written < until; ++written) {
      sqlite3_stmt* const statement = written % 2 == 0 ? insert : change;
      sqlite3_bind_int64(statement, written % 2 == 0 ? 1 : 2, written / 2);
      sqlite3_bind_text(statement, written % 2 == 0 ? 2 : 1, text.data(),
                        static_cast<int>(text.size()), SQLITE_STATIC);
      database.step(statement);
    }
    database.run("COMMIT");
  }
  const double seconds = ns_to_seconds(now_ns() - start);
  sqlite3_finalize(insert);
  sqlite3_finalize(change);
  report.add("seconds", seconds);
  report.add("rows", int64_t{std::stol(database.text("SELECT COUNT(*) + SUM(changes) FROM rows"))});
  report.add("rows_per_second", static_cast<double>(rows) / seconds);
}

/// The columns of a table as they are, but for those that `changed` names.
std::string columns_but(Database& database, const std::string& table, const std::string& changed) {
  return database.text(("SELECT group_concat(name) FROM pragma_table_info('" + table +
                        "') WHERE name NOT IN (" + changed + ")")
                           .c_str());
}

void fill_executions(const std::string& file, long count, Report& report) {
  Database database(file);
  const int64_t start = now_ns();
  database.run("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA temp_store = MEMORY");
  database.run("BEGIN");
  database.run(
      "CREATE TEMP TABLE places AS WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n "
      "WHERE i < " +
      std::to_string(count + 3) +
      ") SELECT i, CASE WHEN i % 100 = 0 THEN 3 WHEN i % 100 < 10 THEN 2 ELSE 1 END AS of FROM n");
  const auto executions =
      columns_but(database, "workflow_executions", "'number', 'id', 'workflow'");
  database.run("INSERT INTO workflow_executions (number, id, workflow, " + executions +
               ") SELECT i, printf('wf_exec_%026d', i), 'workflow-' || (i % 20), " + executions +
               " FROM places JOIN workflow_executions ON number = of");
  const auto nodes = columns_but(database, "workflow_nodes", "'execution'");
  database.run("INSERT INTO workflow_nodes (execution, " + nodes + ") SELECT i, " + nodes +
               " FROM places JOIN workflow_nodes ON execution = of");
  database.run("UPDATE workflow_list SET next_number = " + std::to_string(count + 4));
  const auto status = [](const char* of) {
    return "SUM(status = (SELECT status FROM workflow_executions WHERE number = " +
           std::string(of) + "))";
  };
  const auto numbers =
      "COUNT(*), 0, 0, 0, 0, " + status("1") + ", " + status("2") + ", " + status("3");
  database.run("DELETE FROM workflow_stats");
  for (const auto* const each : {"'', ", "workflow, "}) {
    database.run(
        "INSERT INTO workflow_stats (workflow, total, queued, running, waiting, cancelling, "
        "completed, failed, cancelled) SELECT " +
        std::string(each) + numbers + " FROM workflow_executions" +
        (each[0] == 'w' ? " GROUP BY workflow" : ""));
  }
  database.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  report.add("seconds", ns_to_seconds(now_ns() - start));
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  Options options(argc, argv);
  Report report;
  const std::string work = options.words().empty() ? "" : options.words().front();
  if (work == "commits") {
    const std::string folder = options.text("folder", "/tmp");
    const long commits = options.number("commits", 1000);
    const long rows = options.number("rows", 10000);
    const long bytes = options.number("bytes", 200);
    options.refuse_unknown();
    measure_commits(folder, commits, rows, bytes, report);
  } else if (work == "executions") {
    const std::string file = options.text("database", "");
    const long count = options.number("count", 1'000'000);
    options.refuse_unknown();
    fill_executions(file, count, report);
  } else {
    fatal("usage: weir_bench_rows commits|executions --name value …");
  }
  report.print();
}
