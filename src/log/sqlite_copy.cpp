#include "log/sqlite_copy.hpp"

#include <utility>

#include "base/check.hpp"

namespace weir::log {
namespace {

/// Pages a step: what is read and written between two looks at the clock.
constexpr int kPagesAStep = 64;

/// One run of SQLite's online backup.
class Copy {
 public:
  Copy(SqliteDatabase& to, SqliteDatabase& from)
      : to_(to), backup_(sqlite3_backup_init(to.handle(), "main", from.handle(), "main")) {}
  ~Copy() { (void)finish(); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  /// True: that was all.
  base::Result<bool> step(int pages) {
    if (backup_ == nullptr) return error();
    const int code = sqlite3_backup_step(backup_, pages);
    if (code == SQLITE_DONE) return true;
    if (code == SQLITE_OK) return false;
    return sqlite_error(code, sqlite3_errstr(code));
  }
  int pages() const { return sqlite3_backup_pagecount(backup_); }
  int pages_done() const { return pages() - sqlite3_backup_remaining(backup_); }
  base::Result<> finish() {
    if (backup_ == nullptr) return {};
    const int code = sqlite3_backup_finish(std::exchange(backup_, nullptr));
    if (code != SQLITE_OK) return sqlite_error(code, sqlite3_errstr(code));
    return {};
  }

 private:
  base::Error error() const {
    return sqlite_error(sqlite3_extended_errcode(to_.handle()), sqlite3_errmsg(to_.handle()));
  }

  SqliteDatabase& to_;
  sqlite3_backup* backup_;
};

}  // namespace

base::Result<> copy_database(SqliteDatabase& from, const std::string& to, const OnCopied& on_step) {
  WEIR_CHECK(from.in_transaction(), "the source stands still");
  auto target = SqliteDatabase::open(to, SqliteDatabase::Mode::kReadWrite, {});
  if (!target) return target.error();
  // Nobody reads the file before it is complete.
  auto set = (*target)->execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  if (!set) return set;
  auto page_bytes = from.number("PRAGMA page_size");
  if (!page_bytes) return page_bytes.error();
  const auto bytes_of = [&](int pages) {
    return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes->value_or(0));
  };
  Copy copy(**target, from);
  for (bool complete = false; !complete;) {
    auto stepped = copy.step(kPagesAStep);
    if (!stepped) return stepped.error();
    complete = *stepped;
    if (auto go_on = on_step(bytes_of(copy.pages_done()), bytes_of(copy.pages())); !go_on) {
      return go_on;
    }
  }
  return copy.finish();
}

}  // namespace weir::log
