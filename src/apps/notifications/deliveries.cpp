#include "apps/notifications/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "log/statements.hpp"
#include "log/value.hpp"
#include "proto/json.hpp"

namespace weir::apps::notifications::deliveries {
namespace {

using base::Result;
using log::State;
using log::Value;
using log::value_of;

constexpr std::size_t kReasonBytesMax = 200;

constexpr std::array kTables = {
    "CREATE TABLE IF NOT EXISTS notification_deliveries (id INTEGER PRIMARY KEY, "
    "notification_id BIGINT NOT NULL, user_id TEXT NOT NULL, channel TEXT NOT NULL, "
    "address TEXT NOT NULL, payload TEXT NOT NULL, state BIGINT NOT NULL, "
    "attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, created_at BIGINT NOT NULL, "
    "record TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS notification_deliveries_by_time ON notification_deliveries "
    "(next_at) WHERE state = 0",
    "CREATE INDEX IF NOT EXISTS notification_deliveries_by_channel ON notification_deliveries "
    "(channel, next_at) WHERE state = 0",
    "CREATE INDEX IF NOT EXISTS notification_deliveries_by_notification ON "
    "notification_deliveries (notification_id)",
};

Delivery delivery_of(log::Row row) {
  using log::integer_of;
  using log::text_of;
  return {.id = integer_of(row[0]),
          .notification = integer_of(row[1]),
          .user = text_of(row[2]),
          .channel = text_of(row[3]),
          .address = text_of(row[4]),
          .payload = text_of(row[5]),
          .state = static_cast<Delivery::State>(integer_of(row[6])),
          .attempts = static_cast<std::uint32_t>(integer_of(row[7])),
          .next_at = integer_of(row[8]),
          .created_at = integer_of(row[9]),
          .record = text_of(row[10])};
}

Result<std::vector<Delivery>> find_all(State& state, std::string_view sql,
                                       std::span<const Value> parameters) {
  std::vector<Delivery> found;
  auto read =
      state.query(sql, parameters, [&](log::Row row) { found.push_back(delivery_of(row)); });
  if (!read) return read.error();
  return found;
}

}  // namespace

Result<> prepare(State& state) { return log::execute_all(state, kTables); }

Result<> insert(State& state, const Delivery& one) {
  const Value values[] = {one.id,
                          one.notification,
                          one.user,
                          one.channel,
                          one.address,
                          one.payload,
                          value_of(static_cast<std::uint64_t>(one.state)),
                          value_of(one.attempts),
                          one.next_at,
                          one.created_at,
                          one.record};
  return state.execute(
      "INSERT INTO notification_deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values);
}

Result<std::vector<Delivery>> due(State& state, std::string_view channel, base::UnixMillis now,
                                  std::size_t limit) {
  const Value key[] = {std::string(channel), now, value_of(limit)};
  return find_all(state,
                  "SELECT * FROM notification_deliveries WHERE state = 0 AND channel = ? AND "
                  "next_at <= ? ORDER BY next_at LIMIT ?",
                  key);
}

Result<base::UnixMillis> next_due(State& state, base::UnixMillis now) {
  base::UnixMillis next = 0;
  const Value key[] = {now};
  auto read = state.query(
      "SELECT MIN(next_at) FROM notification_deliveries WHERE state = 0 AND next_at > ?", key,
      [&](log::Row row) { next = log::integer_of(row[0]); });
  if (!read) return read.error();
  return next;
}

Result<> save(State& state, const Delivery& one) {
  const Value values[] = {value_of(static_cast<std::uint64_t>(one.state)), value_of(one.attempts),
                          one.next_at, one.record, one.id};
  return state.execute(
      "UPDATE notification_deliveries SET state = ?1, attempts = ?2, next_at = ?3, record = ?4, "
      "payload = CASE WHEN ?1 = 0 THEN payload ELSE '' END WHERE id = ?5",
      values);
}

Result<std::size_t> remove_of(State& state, std::int64_t notification) {
  std::size_t open = 0;
  const Value key[] = {notification};
  auto gone =
      state.query("DELETE FROM notification_deliveries WHERE notification_id = ? RETURNING state",
                  key, [&](log::Row row) {
                    if (log::integer_of(row[0]) == 0) ++open;
                  });
  if (!gone) return gone.error();
  return open;
}

Result<std::vector<Delivery>> of(State& state, const std::string& user, std::int64_t notification) {
  const Value key[] = {notification, user};
  return find_all(state,
                  "SELECT * FROM notification_deliveries WHERE notification_id = ? AND "
                  "user_id = ? ORDER BY id",
                  key);
}

Result<bool> remove_older(State& state, std::int64_t id, std::size_t limit) {
  const Value key[] = {id, value_of(limit)};
  const auto gone = log::execute_counted(
      state,
      "DELETE FROM notification_deliveries WHERE id IN (SELECT id FROM notification_deliveries "
      "WHERE id < ? AND state <> 0 ORDER BY id LIMIT ?) RETURNING 1",
      key);
  if (!gone) return gone.error();
  return *gone < limit;
}

void add_to_record(Delivery& one, base::UnixMillis began, base::UnixMillis ended,
                   std::string_view outcome, std::string_view reason) {
  if (!one.record.empty()) one.record.push_back(',');
  one.record +=
      fmt::format(R"({{"at":{},"millis":{},"outcome":"{}","reason":{}}})", began,
                  std::max<base::UnixMillis>(ended - began, 0), outcome,
                  proto::json_string_or_null(std::string(reason.substr(0, kReasonBytesMax))));
}

std::string to_json(const Delivery& one) {
  constexpr std::array<std::string_view, 4> kStates = {"pending", "delivered", "failed",
                                                       "cancelled"};
  return fmt::format(
      R"({{"channel":"{}","state":"{}","attempts":{},"nextAt":{},"createdAt":{},"record":[{}]}})",
      one.channel, kStates[static_cast<std::size_t>(one.state)], one.attempts,
      one.state == Delivery::State::kPending ? std::to_string(one.next_at) : "null", one.created_at,
      one.record);
}

}  // namespace weir::apps::notifications::deliveries
