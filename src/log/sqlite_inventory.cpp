#include "log/sqlite_inventory.hpp"

#include <functional>

#include "log/schema.hpp"

namespace weir::log {
namespace {

using OnRow = std::function<void(const SqliteStatement&)>;

base::Result<> each_row(base::Result<SqliteStatement> query, const OnRow& on_row) {
  if (!query) return query.error();
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return {};
    on_row(*query);
  }
}

base::Result<> read_record(SqliteDatabase& database, Inventory& found) {
  auto row = database.prepare(
      "SELECT epoch, head, floor, reserved, totals_up_to, clean FROM log WHERE id = 1");
  if (!row) return row.error();
  auto there = row->step();
  if (!there) return there.error();
  if (!*there) return base::make_error(base::ErrorCode::kCorrupt, "the log's record is missing");
  found.record = {{row->natural(0)}, {row->natural(1)}, {row->natural(2)},
                  {row->natural(3)}, {row->natural(4)}, row->integer(5) != 0};
  auto last = database.number("SELECT last_sequence FROM batches ORDER BY id DESC LIMIT 1");
  if (!last) return last.error();
  found.last_stored = {static_cast<std::uint64_t>(last->value_or(0))};
  return {};
}

base::Result<> read_totals(SqliteDatabase& database, Inventory& found) {
  auto names = each_row(database.prepare("SELECT id, name, events, bytes FROM namespaces"),
                        [&](const SqliteStatement& row) {
                          const auto id = static_cast<NamespaceId>(row.integer(0));
                          if (id != 0) found.namespaces.emplace(row.bytes(1), id);
                          found.totals[id] = {row.natural(2), row.natural(3)};
                        });
  if (!names) return names;
  // Only what was committed since the totals were saved; never the whole log.
  auto later = database.prepare(
      "SELECT namespace_id, sum(events), sum(bytes) FROM batches WHERE id >= ? GROUP BY "
      "+namespace_id");
  if (later) later->bind(row_key(found.record.totals_up_to.next(), 0));
  return each_row(std::move(later), [&](const SqliteStatement& row) {
    auto& totals = found.totals[static_cast<NamespaceId>(row.integer(0))];
    totals.events += row.natural(1);
    totals.bytes += row.natural(2);
  });
}

/// A log of version 1 that is only looked at may have no such table.
base::Result<> read_losses(SqliteDatabase& database, Inventory& found) {
  auto tables = database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'losses'");
  if (!tables) return tables.error();
  if (tables->value_or(0) == 0) return {};
  return each_row(
      database.prepare("SELECT rules, at_risk, memory_up_to, buffered_up_to FROM losses"),
      [&](const SqliteStatement& row) {
        found.losses.push_back(
            {std::string(row.bytes(0)), row.integer(1) != 0, {row.natural(2)}, {row.natural(3)}});
      });
}

}  // namespace

base::Result<Inventory> read_inventory(SqliteDatabase& database) {
  Inventory found;
  auto read = read_record(database, found);
  if (read) read = read_totals(database, found);
  if (read) read = read_losses(database, found);
  if (read) {
    read = each_row(database.prepare("SELECT topic, sequence FROM closed_topics"),
                    [&](const SqliteStatement& row) {
                      found.closed.emplace(row.bytes(0), base::Sequence{row.natural(1)});
                    });
  }
  if (read) {
    read = each_row(database.prepare("SELECT topic, sequence FROM topic_floors"),
                    [&](const SqliteStatement& row) {
                      found.floors.emplace(row.bytes(0), base::Sequence{row.natural(1)});
                    });
  }
  if (!read) return read.error();
  return found;
}

}  // namespace weir::log
