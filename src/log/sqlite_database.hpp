#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"

namespace weir::log {

/// What an SQLite result code means to us: kStorageFull, kStorageFailed, kCorrupt or kInternal,
/// with SQLite's words.
base::Error sqlite_error(int code, std::string_view words);

class SqliteDatabase;

/// A prepared statement in use; given back to its database's cache, reset, when this ends. Binding
/// errors surface in `step`. Text and blobs that are bound must live until then.
class SqliteStatement {
 public:
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();

  SqliteStatement& bind(std::int64_t value);
  SqliteStatement& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
  SqliteStatement& bind(std::uint32_t value) { return bind(static_cast<std::int64_t>(value)); }
  SqliteStatement& bind(double value);
  SqliteStatement& bind(std::string_view text);
  SqliteStatement& bind_blob(std::string_view bytes);
  SqliteStatement& bind_null();

  /// True: there is a row.
  base::Result<bool> step();
  /// For statements without rows.
  base::Result<> run();

  int columns() const { return sqlite3_column_count(statement_); }
  int type(int column) const { return sqlite3_column_type(statement_, column); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::uint64_t natural(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  double real(int column) const { return sqlite3_column_double(statement_, column); }
  /// Text or blob; valid until the next step.
  std::string_view bytes(int column) const;

 private:
  friend class SqliteDatabase;
  SqliteStatement(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  void note(int code);

  sqlite3* database_;
  sqlite3_stmt* statement_;
  int parameter_ = 0;
  int error_ = SQLITE_OK;
};

/// A connection with its prepared statements. One thread at a time.
class SqliteDatabase {
 public:
  enum class Mode { kCreate, kReadWrite, kReadOnly, kMemory };

  /// `vfs` empty: the default one.
  static base::Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path, Mode mode,
                                                            const std::string& vfs);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  /// Statements that give no rows we want; not cached.
  base::Result<> execute(const std::string& script);
  /// A statement without parameters, prepared once.
  base::Result<> run(std::string_view sql);
  /// One value of a statement's first row; none without a row.
  base::Result<std::optional<std::int64_t>> number(std::string_view sql);
  /// Prepared once per text. Two uses of one text must not overlap.
  base::Result<SqliteStatement> prepare(std::string_view sql);

  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  sqlite3* handle() const { return handle_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}

  sqlite3* handle_;
  std::unordered_map<std::string, sqlite3_stmt*, Hash, std::equal_to<>> statements_;
};

}  // namespace weir::log
