#pragma once

#include <memory>
#include <utility>

#include "log/engine.hpp"
#include "log/sqlite_database.hpp"
#include "log/sqlite_state.hpp"

namespace weir::log {

/// What engines have in common that keep the applications' state in SQLite. Threads as Engine says.
class SqliteTransactions : public Engine {
 public:
  bool in_transaction() const override { return database_->in_transaction(); }
  base::Result<> savepoint() override { return database_->run("SAVEPOINT request"); }
  base::Result<> release() override { return database_->run("RELEASE request"); }
  base::Result<> rollback_to() override {
    if (auto back = database_->run("ROLLBACK TO request"); !back) return back;
    return release();
  }
  State& state() override { return state_; }

 protected:
  explicit SqliteTransactions(std::unique_ptr<SqliteDatabase> database)
      : database_(std::move(database)), state_(*database_) {}

  void roll_back_all() {
    if (in_transaction()) (void)database_->run("ROLLBACK");
  }

  std::unique_ptr<SqliteDatabase> database_;

 private:
  SqliteState state_;
};

}  // namespace weir::log
