// weir_bench_inbox_rows --folder DIR [--users 1000] [--each 50] [--batch 1000]
//
// What the rows of an inbox cost in plain SQLite: the same columns, indexes and counters as the
// server's tables, written in transactions of --batch rows as durably as the server does, and read
// by the same queries. No events, no HTTP, no rules: what remains is the least that the
// notifications of so many users can cost in this store.

#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/histogram.hpp"
#include "common/options.hpp"
#include "common/report.hpp"

namespace weir::bench {
namespace {

constexpr const char* kTables =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
    "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384; "
    "CREATE TABLE users (user_id TEXT PRIMARY KEY, rev INT NOT NULL, inbox INT NOT NULL, "
    "unread INT NOT NULL, unseen INT NOT NULL, archived INT NOT NULL, snoozed INT NOT NULL, "
    "preferences TEXT NOT NULL, addresses TEXT NOT NULL, scheduled INT NOT NULL); "
    "CREATE TABLE notifications (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, rev INT NOT NULL, "
    "position INT NOT NULL, place INT NOT NULL, type TEXT NOT NULL, title TEXT NOT NULL, "
    "body TEXT NOT NULL, severity INT NOT NULL, action_url TEXT NOT NULL, actions TEXT NOT NULL, "
    "group_key TEXT NOT NULL, dedupe_key TEXT NOT NULL, data TEXT NOT NULL, "
    "channels TEXT NOT NULL, merged INT NOT NULL, created_at INT NOT NULL, seen_at INT NOT NULL, "
    "read_at INT NOT NULL, archived_at INT NOT NULL, snoozed_until INT NOT NULL, "
    "deliver_at INT NOT NULL, expires_at INT NOT NULL, due_at INT NOT NULL, "
    "came_at INT NOT NULL); "
    "CREATE INDEX by_place ON notifications (user_id, place, position); "
    "CREATE INDEX by_group ON notifications (user_id, group_key) WHERE group_key <> ''; "
    "CREATE INDEX by_due ON notifications (due_at) WHERE due_at <> 0; "
    "CREATE INDEX by_age ON notifications (came_at) WHERE place < 2";
constexpr const char* kInsert =
    "INSERT INTO notifications VALUES (?1, ?2, ?3, ?3, 0, 'message', ?4, ?5, 0, '/orders/17', '', "
    "'', '', '', '[]', 1, ?6, 0, 0, 0, 0, 0, 0, 0, ?6)";
constexpr const char* kCount =
    "INSERT INTO users VALUES (?1, 1, 1, 1, 1, 0, 0, '', '', 0) ON CONFLICT (user_id) DO UPDATE "
    "SET "
    "rev = rev + 1, inbox = inbox + 1, unread = unread + 1, unseen = unseen + 1";
constexpr const char* kCounts = "SELECT rev, inbox, unread, unseen FROM users WHERE user_id = ?1";
constexpr const char* kList =
    "SELECT * FROM notifications WHERE user_id = ?1 AND place = 0 AND position < ?2 "
    "ORDER BY position DESC LIMIT 51";

class Database {
 public:
  explicit Database(const std::string& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) fatal("cannot open " + path);
  }
  ~Database() { sqlite3_close(database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) fail();
    return statement;
  }
  // Runs it to its end; how many rows there were.
  int64_t step_all(sqlite3_stmt* statement) {
    int64_t rows = 0;
    int outcome = SQLITE_ROW;
    while ((outcome = sqlite3_step(statement)) == SQLITE_ROW) ++rows;
    if (outcome != SQLITE_DONE) fail();
    sqlite3_reset(statement);
    return rows;
  }

 private:
  void fail() { fatal(sqlite3_errmsg(database_)); }

  sqlite3* database_ = nullptr;
};

// As the load of the server names them.
std::string user_name(int64_t number) { return "user-" + std::to_string(number); }

void bind(sqlite3_stmt* statement, int place, const std::string& text) {
  sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void fill(Database& database, int64_t users, int64_t each, int64_t batch, Report& report) {
  sqlite3_stmt* insert = database.prepare(kInsert);
  sqlite3_stmt* count = database.prepare(kCount);
  const std::string title(24, 't');
  const std::string body(120, 'b');
  int64_t done = 0;
  int64_t start = now_ns();
  for (int64_t round = 1; round <= each; ++round) {
    for (int64_t user = 0; user < users; ++user) {
      if (done % batch == 0) database.run(done == 0 ? "BEGIN" : "COMMIT; BEGIN");
      const std::string name = user_name(user);
      sqlite3_bind_int64(insert, 1, ++done);
      bind(insert, 2, name);
      sqlite3_bind_int64(insert, 3, round);
      bind(insert, 4, title);
      bind(insert, 5, body);
      sqlite3_bind_int64(insert, 6, 1'700'000'000'000 + done);
      database.step_all(insert);
      bind(count, 1, name);
      database.step_all(count);
    }
  }
  database.run("COMMIT");
  double seconds = ns_to_seconds(now_ns() - start);
  report.add("fill_seconds", seconds);
  report.add("rows_per_second", static_cast<double>(done) / seconds);
  sqlite3_finalize(insert);
  sqlite3_finalize(count);
}

// Users far from each other, so that neighbours in a page are no help.
void read(Database& database, const char* sql, int64_t users, int64_t expected,
          const std::string& name, Report& report) {
  static Histogram times;
  times = Histogram();
  sqlite3_stmt* statement = database.prepare(sql);
  constexpr int64_t kReads = 2'000;
  constexpr int64_t kStride = 7'919;
  for (int64_t i = 0; i < kReads; ++i) {
    int64_t start = now_ns();
    bind(statement, 1, user_name(i * kStride % users));
    if (sqlite3_bind_parameter_count(statement) > 1) sqlite3_bind_int64(statement, 2, INT64_MAX);
    if (database.step_all(statement) != expected) fatal("rows are missing");
    times.record(now_ns() - start);
  }
  sqlite3_finalize(statement);
  report.add(name + "_p50_ms", times.quantile_ms(0.5));
  report.add(name + "_p99_ms", times.quantile_ms(0.99));
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  Options options(argc, argv);
  std::string path = options.text("folder", "/tmp") + "/rows.db";
  int64_t users = options.number("users", 1'000);
  int64_t each = options.number("each", 50);
  int64_t batch = options.number("batch", 1'000);
  options.refuse_unknown();
  Report report;
  report.add("scenario", "rows");
  report.add("rows", users * each);
  {
    Database database(path);
    database.run(kTables);
    fill(database, users, each, batch, report);
    read(database, kCounts, users, 1, "counts", report);
    read(database, kList, users, each < 51 ? each : 51, "list", report);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  struct stat file{};
  if (stat(path.c_str(), &file) != 0) fatal_errno("cannot see " + path);
  report.add("bytes_per_row",
             static_cast<double>(file.st_size) / static_cast<double>(users * each));
  report.print();
}
