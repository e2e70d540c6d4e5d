#include "log/sqlite_state.hpp"

namespace weir::log {
namespace {

void bind(SqliteStatement& statement, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    statement.bind(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    statement.bind(*real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    statement.bind(std::string_view(*text));
  } else {
    statement.bind_null();
  }
}

Value value_of(const SqliteStatement& statement, int column) {
  switch (statement.type(column)) {
    case SQLITE_INTEGER:
      return statement.integer(column);
    case SQLITE_FLOAT:
      return statement.real(column);
    case SQLITE_NULL:
      return std::monostate();
    default:
      return std::string(statement.bytes(column));
  }
}

}  // namespace

base::Result<> SqliteState::execute(std::string_view sql, std::span<const Value> parameters) {
  return query(sql, parameters, [](Row) {});
}

base::Result<> SqliteState::query(std::string_view sql, std::span<const Value> parameters,
                                  const std::function<void(Row)>& on_row) {
  auto statement = database_->prepare(sql);
  if (!statement) return statement.error();
  for (const auto& parameter : parameters) bind(*statement, parameter);
  std::vector<Value> row;
  for (;;) {
    auto more = statement->step();
    if (!more) return more.error();
    if (!*more) return {};
    row.clear();
    for (int column = 0; column < statement->columns(); ++column) {
      row.push_back(value_of(*statement, column));
    }
    on_row(row);
  }
}

}  // namespace weir::log
