#include "apps/once.hpp"

#include <string_view>

#include "log/value.hpp"

namespace weir::apps::once {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

// A few at a time, so that no request pays for many.
constexpr std::string_view kPurge =
    "DELETE FROM app_answers WHERE key IN "
    "(SELECT key FROM app_answers WHERE expires <= ? ORDER BY expires LIMIT 8)";

}  // namespace

Result<> prepare(log::State& state) {
  auto made = state.execute(
      "CREATE TABLE IF NOT EXISTS app_answers (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, "
      "answer TEXT NOT NULL, expires BIGINT NOT NULL)",
      {});
  if (!made) return made;
  return state.execute("CREATE INDEX IF NOT EXISTS app_answers_by_expiry ON app_answers (expires)",
                       {});
}

Result<std::optional<std::string>> find(log::Transaction& transaction, const Key& key) {
  std::optional<std::string> answer;
  std::string fingerprint;
  const log::Value which[] = {key.text, transaction.now()};
  auto found = transaction.state().query(
      "SELECT fingerprint, answer FROM app_answers WHERE key = ? AND expires > ?", which,
      [&](log::Row row) {
        fingerprint = log::text_of(row[0]);
        answer = log::text_of(row[1]);
      });
  if (!found) return found.error();
  if (answer && fingerprint != key.fingerprint) return make_error(ErrorCode::kIdempotencyConflict);
  return answer;
}

Result<> remember(log::Transaction& transaction, const Key& key, const std::string& answer) {
  auto& state = transaction.state();
  const log::Value now[] = {transaction.now()};
  if (auto purged = state.execute(kPurge, now); !purged) return purged;
  // One of the same key that has expired may still be there.
  const log::Value row[] = {key.text, key.fingerprint, answer, key.expires};
  return state.execute(
      "INSERT INTO app_answers (key, fingerprint, answer, expires) VALUES (?, ?, ?, ?) "
      "ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, "
      "answer = excluded.answer, expires = excluded.expires",
      row);
}

Result<std::string> run(log::Transaction& transaction, const Key& key,
                        const std::function<Result<std::string>()>& work) {
  if (key.text.empty()) return work();
  auto earlier = find(transaction, key);
  if (!earlier) return earlier.error();
  if (*earlier) return **earlier;
  auto answer = work();
  if (!answer) return answer;
  if (auto kept = remember(transaction, key, *answer); !kept) return kept.error();
  return answer;
}

}  // namespace weir::apps::once
