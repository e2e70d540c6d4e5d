#include "hub/idempotency.hpp"

#include <string_view>

namespace weir::hub::idempotency {
namespace {

/// FNV-1a, 64 bits: stable over restarts, unlike std::hash.
class Hash {
 public:
  void add(std::string_view text) {
    add_number(text.size());
    for (const char c : text) mix(static_cast<unsigned char>(c));
  }
  void add_number(std::uint64_t number) {
    for (int i = 0; i < 8; ++i) mix((number >> (8 * i)) & 0xff);
  }
  std::uint64_t value() const { return value_; }

 private:
  void mix(std::uint64_t byte) { value_ = (value_ ^ byte) * 0x100000001b3; }

  std::uint64_t value_ = 0xcbf29ce484222325;
};

// Expired keys leave a few at a time, so that no publish pays for many.
constexpr std::string_view kPurge =
    "DELETE FROM idempotency WHERE key IN "
    "(SELECT key FROM idempotency WHERE expires_at <= ? ORDER BY expires_at LIMIT 8)";

std::int64_t as_integer(const log::Value& value) {
  const auto* integer = std::get_if<std::int64_t>(&value);
  return integer == nullptr ? 0 : *integer;
}

}  // namespace

std::uint64_t fingerprint(const std::vector<proto::Event>& events) {
  Hash hash;
  for (const auto& event : events) {
    hash.add_number(event.topics.size());
    for (const auto& topic : event.topics) hash.add(topic);
    hash.add(event.type);
    hash.add(event.data);
    hash.add(event.id);
    hash.add(event.key);
    hash.add_number(event.flags);
    hash.add_number(event.ttl_ms);
    hash.add_number(event.retry_ms.value_or(0));
  }
  return hash.value();
}

base::Result<> prepare(log::State& state) {
  if (auto made = state.execute("CREATE TABLE IF NOT EXISTS idempotency ("
                                "key TEXT PRIMARY KEY, fingerprint BIGINT NOT NULL, "
                                "first BIGINT NOT NULL, count BIGINT NOT NULL, "
                                "expires_at BIGINT NOT NULL)",
                                {});
      !made) {
    return made;
  }
  return state.execute(
      "CREATE INDEX IF NOT EXISTS idempotency_by_expiry ON idempotency (expires_at)", {});
}

base::Result<std::optional<Answer>> find(log::Transaction& transaction, const std::string& key,
                                         std::uint64_t fingerprint) {
  std::optional<Answer> answer;
  bool same = true;
  const log::Value parameters[] = {key, std::int64_t{transaction.now()}};
  auto found = transaction.state().query(
      "SELECT fingerprint, first, count FROM idempotency WHERE key = ? AND expires_at > ?",
      parameters, [&](log::Row row) {
        same = as_integer(row[0]) == static_cast<std::int64_t>(fingerprint);
        answer = Answer{{static_cast<std::uint64_t>(as_integer(row[1]))},
                        static_cast<std::uint64_t>(as_integer(row[2]))};
      });
  if (!found) return found.error();
  if (!same) return base::make_error(base::ErrorCode::kIdempotencyConflict);
  return answer;
}

base::Result<> remember(log::Transaction& transaction, const std::string& key,
                        std::uint64_t fingerprint, Answer answer,
                        std::chrono::milliseconds window) {
  auto& state = transaction.state();
  const log::Value now[] = {std::int64_t{transaction.now()}};
  if (auto purged = state.execute(kPurge, now); !purged) return purged;
  // An expired row of the same key may still be there.
  const log::Value by_key[] = {key};
  if (auto gone = state.execute("DELETE FROM idempotency WHERE key = ?", by_key); !gone)
    return gone;
  const log::Value row[] = {
      key, static_cast<std::int64_t>(fingerprint), static_cast<std::int64_t>(answer.first.value),
      static_cast<std::int64_t>(answer.count), std::int64_t{transaction.now()} + window.count()};
  return state.execute(
      "INSERT INTO idempotency (key, fingerprint, first, count, expires_at) VALUES (?, ?, ?, ?, ?)",
      row);
}

}  // namespace weir::hub::idempotency
