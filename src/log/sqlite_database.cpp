#include "log/sqlite_database.hpp"

#include <fmt/format.h>

namespace weir::log {

using enum base::ErrorCode;

base::Error sqlite_error(int code, std::string_view words) {
  auto detail = fmt::format("{} (sqlite {})", words, code);
  // The shared-memory index of the write-ahead log holds nothing that a crash could lose, so a disk
  // without room for it is full, not broken.
  if (code == SQLITE_IOERR_SHMSIZE) return base::make_error(kStorageFull, std::move(detail));
  switch (code & 0xff) {
    case SQLITE_FULL:
      return base::make_error(kStorageFull, std::move(detail));
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return base::make_error(kStorageFailed, std::move(detail));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::make_error(kCorrupt, std::move(detail));
    default:
      return base::make_error(kInternal, std::move(detail));
  }
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      parameter_(other.parameter_),
      error_(other.error_) {}

SqliteStatement::~SqliteStatement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void SqliteStatement::note(int code) {
  if (code != SQLITE_OK && error_ == SQLITE_OK) error_ = code;
}

SqliteStatement& SqliteStatement::bind(std::int64_t value) {
  note(sqlite3_bind_int64(statement_, ++parameter_, value));
  return *this;
}

SqliteStatement& SqliteStatement::bind(double value) {
  note(sqlite3_bind_double(statement_, ++parameter_, value));
  return *this;
}

SqliteStatement& SqliteStatement::bind(std::string_view text) {
  // A null pointer would bind NULL instead of the empty text.
  const char* data = text.data() == nullptr ? "" : text.data();
  note(
      sqlite3_bind_text64(statement_, ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

SqliteStatement& SqliteStatement::bind_blob(std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  note(sqlite3_bind_blob64(statement_, ++parameter_, data, bytes.size(), SQLITE_STATIC));
  return *this;
}

SqliteStatement& SqliteStatement::bind_null() {
  note(sqlite3_bind_null(statement_, ++parameter_));
  return *this;
}

base::Result<bool> SqliteStatement::step() {
  if (error_ != SQLITE_OK) return sqlite_error(error_, sqlite3_errstr(error_));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(sqlite3_extended_errcode(database_), sqlite3_errmsg(database_));
}

base::Result<> SqliteStatement::run() {
  for (;;) {
    auto more = step();
    if (!more) return more.error();
    if (!*more) return {};
  }
}

std::string_view SqliteStatement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data == nullptr ? "" : data,
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

base::Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path,
                                                                   Mode mode,
                                                                   const std::string& vfs) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == Mode::kReadOnly) {
    flags |= SQLITE_OPEN_READONLY;
  } else {
    flags |= SQLITE_OPEN_READWRITE;
  }
  if (mode == Mode::kCreate) flags |= SQLITE_OPEN_CREATE;
  if (mode == Mode::kMemory) flags |= SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) {
    auto error = sqlite_error(code, handle == nullptr ? "out of memory" : sqlite3_errmsg(handle));
    error.detail = fmt::format("{}: {}", path, error.detail);
    sqlite3_close(handle);
    return error;
  }
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(handle));
}

SqliteDatabase::~SqliteDatabase() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

base::Result<> SqliteDatabase::execute(const std::string& script) {
  const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  return sqlite_error(sqlite3_extended_errcode(handle_), sqlite3_errmsg(handle_));
}

base::Result<> SqliteDatabase::run(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  return statement->run();
}

base::Result<std::optional<std::int64_t>> SqliteDatabase::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  auto row = statement->step();
  if (!row) return row.error();
  if (!*row || statement->type(0) == SQLITE_NULL) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(statement->integer(0));
}

base::Result<SqliteStatement> SqliteDatabase::prepare(std::string_view sql) {
  auto at = statements_.find(sql);
  if (at == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
      return sqlite_error(sqlite3_extended_errcode(handle_), sqlite3_errmsg(handle_));
    }
    if (statement == nullptr) return base::make_error(kInternal, "an empty statement");
    at = statements_.emplace(std::string(sql), statement).first;
  }
  return SqliteStatement(handle_, at->second);
}

}  // namespace weir::log
