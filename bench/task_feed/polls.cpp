// weir_bench_polls --folder DIR [--polls 200] [--watchers 100]
//
// What a feed of tasks costs that is read from a database by every watcher again and again, in
// plain SQLite, on the data that the load of the server has: one owner with 12 tasks under way and
// 30 that have ended, each with a product whose subcategory has 6 characteristics.
//
//   before: every 2 seconds all tasks, joined with all of that
//   after:  every 5 seconds the columns of a card, of the newest 10 and the last 5
//
// A poll is the queries and the JSON that a server would send. So many watchers' polls are made one
// after the other, and what they take is set in relation to the time that they have.

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/histogram.hpp"
#include "common/options.hpp"
#include "common/report.hpp"

namespace weir::bench {
namespace {

constexpr int kActive = 12;
constexpr int kEnded = 30;
constexpr int kCharacteristics = 6;

constexpr const char* kTables =
    "PRAGMA journal_mode = WAL; "
    "CREATE TABLE tasks (id TEXT PRIMARY KEY, owner TEXT, product_name TEXT, status TEXT, "
    "progress REAL, current_stage TEXT, error_message TEXT, product_id TEXT, created_at INT, "
    "updated_at INT); "
    "CREATE INDEX tasks_of ON tasks (owner, status, created_at); "
    "CREATE TABLE products (id TEXT PRIMARY KEY, name TEXT, status TEXT, generated_name TEXT, "
    "seo_description TEXT, price REAL, discount_price REAL, cost_price REAL, stock INT, "
    "dimensions TEXT, ai_characteristics TEXT, subcategory_id INT); "
    "CREATE TABLE subcategories (id INTEGER PRIMARY KEY, name TEXT); "
    "CREATE TABLE characteristics (id INTEGER PRIMARY KEY, subcategory_id INT, name TEXT, "
    "kind TEXT, sort_order INT); "
    "CREATE INDEX characteristics_of ON characteristics (subcategory_id, sort_order)";
constexpr const char* kAll =
    "SELECT t.*, p.*, s.* FROM tasks t JOIN products p ON p.id = t.product_id "
    "JOIN subcategories s ON s.id = p.subcategory_id WHERE t.owner = 'demo' "
    "ORDER BY t.created_at DESC";
constexpr const char* kCharacteristicsOf =
    "SELECT * FROM characteristics WHERE subcategory_id = ?1 ORDER BY sort_order";
constexpr const char* kCards =
    "SELECT t.id, t.product_name, t.status, t.progress, t.current_stage, t.error_message, "
    "t.product_id, t.created_at, p.id, p.name, p.status, p.generated_name, p.subcategory_id "
    "FROM tasks t JOIN products p ON p.id = t.product_id WHERE t.owner = 'demo' AND t.status ";

class Database {
 public:
  explicit Database(const std::string& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) fatal("cannot open " + path);
  }
  ~Database() {
    for (auto* each : {all_, characteristics_, active_, ended_}) sqlite3_finalize(each);
    sqlite3_close(database_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  void prepare() {
    all_ = compiled(kAll);
    characteristics_ = compiled(kCharacteristicsOf);
    active_ = compiled(std::string(kCards) +
                       "IN ('pending', 'processing') ORDER BY t.created_at DESC LIMIT 10");
    ended_ = compiled(std::string(kCards) +
                      "IN ('completed', 'failed') ORDER BY t.updated_at DESC LIMIT 5");
  }

  // How many queries it took.
  int64_t before(std::string& json) {
    int64_t queries = 1;
    json = "[";
    while (step(all_)) {
      json += json.size() > 1 ? ",{" : "{";
      append_row(all_, json);
      json += ",\"characteristics\":[";
      sqlite3_bind_int64(characteristics_, 1,
                         sqlite3_column_int64(all_, sqlite3_column_count(all_) - 2));
      ++queries;
      while (step(characteristics_)) {
        json += json.back() == '[' ? "{" : ",{";
        append_row(characteristics_, json);
        json += "}";
      }
      json += "]}";
    }
    json += "]";
    return queries;
  }
  int64_t after(std::string& json) {
    json = "{\"activeTasks\":[";
    append_cards(active_, json);
    json += "],\"completedTasks\":[";
    append_cards(ended_, json);
    json += "]}";
    return 2;
  }

 private:
  [[noreturn]] void fail() { fatal(sqlite3_errmsg(database_)); }
  sqlite3_stmt* compiled(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) fail();
    return statement;
  }
  bool step(sqlite3_stmt* statement) {
    int outcome = sqlite3_step(statement);
    if (outcome == SQLITE_ROW) return true;
    if (outcome != SQLITE_DONE) fail();
    sqlite3_reset(statement);
    return false;
  }
  void append_cards(sqlite3_stmt* statement, std::string& json) {
    while (step(statement)) {
      json += json.back() == '[' ? "{" : ",{";
      append_row(statement, json);
      json += "}";
    }
  }
  // As a JSON object's members. The texts here need no escapes.
  static void append_row(sqlite3_stmt* statement, std::string& json) {
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      if (i > 0) json += ",";
      json.append("\"").append(sqlite3_column_name(statement, i)).append("\":");
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      if (text == nullptr) {
        json += "null";
      } else if (sqlite3_column_type(statement, i) == SQLITE_TEXT) {
        json.append("\"").append(text).append("\"");
      } else {
        json += text;
      }
    }
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* all_ = nullptr;
  sqlite3_stmt* characteristics_ = nullptr;
  sqlite3_stmt* active_ = nullptr;
  sqlite3_stmt* ended_ = nullptr;
};

void fill(Database& database) {
  database.run(kTables);
  database.run("BEGIN; INSERT INTO subcategories VALUES (1, 'Furniture')");
  for (int i = 0; i < kCharacteristics; ++i) {
    const std::string n = std::to_string(i);
    database.run("INSERT INTO characteristics VALUES (" + n + ", 1, 'Characteristic " + n +
                 "', 'text', " + n + ")");
  }
  for (int i = 0; i < kActive + kEnded; ++i) {
    const std::string n = std::to_string(i);
    const bool ended = i < kEnded;
    database.run("INSERT INTO products VALUES ('p" + n + "', 'Product " + n + "', 'draft', 'Name " +
                 n + "', '" + std::string(300, 's') + "', 19.9, NULL, 9.9, 7, '45x50x90 cm', '" +
                 std::string(200, 'c') + "', 1)");
    database.run("INSERT INTO tasks VALUES ('task" + n + "', 'demo', 'Product " + n + "', '" +
                 (ended ? "completed" : "processing") + "', 40, 'describe', NULL, 'p" + n + "', " +
                 std::to_string(1'700'000'000'000 + i) + ", " +
                 std::to_string(1'700'000'001'000 + i) + ")");
  }
  database.run("COMMIT");
}

template <typename Poll>
void measure(const std::string& name, double every_seconds, int64_t polls, int64_t watchers,
             const Poll& poll, Report& report) {
  static Histogram times;
  times = Histogram();
  std::string json;
  int64_t queries = 0;
  int64_t begun = now_ns();
  for (int64_t i = 0; i < polls; ++i) {
    int64_t start = now_ns();
    queries = poll(json);
    times.record(now_ns() - start);
  }
  const double seconds_each = ns_to_seconds(now_ns() - begun) / static_cast<double>(polls);
  const double polls_per_second = static_cast<double>(watchers) / every_seconds;
  report.add(name + "_bytes", static_cast<int64_t>(json.size()));
  report.add(name + "_queries", queries);
  report.add(name + "_p50_ms", times.quantile_ms(0.5));
  report.add(name + "_p99_ms", times.quantile_ms(0.99));
  report.add(name + "_queries_per_second", polls_per_second * static_cast<double>(queries));
  report.add(name + "_bytes_per_second", polls_per_second * static_cast<double>(json.size()));
  report.add(name + "_cores", polls_per_second * seconds_each);
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  Options options(argc, argv);
  const std::string folder = options.text("folder", "/tmp");
  const int64_t polls = options.number("polls", 200);
  const int64_t watchers = options.number("watchers", 100);
  options.refuse_unknown();
  Database database(folder + "/polls.db");
  fill(database);
  database.prepare();
  Report report;
  report.add("scenario", "polls");
  report.add("watchers", watchers);
  measure(
      "before", 2, polls, watchers, [&](std::string& json) { return database.before(json); },
      report);
  measure(
      "after", 5, polls, watchers, [&](std::string& json) { return database.after(json); }, report);
  report.print();
}
