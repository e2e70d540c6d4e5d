// The dispatcher's part in the log's commits: hooks' rows are read, saved, and go along with dead
// letters.

#include <fmt/format.h>

#include <utility>

#include "apps/webhooks/dispatcher.hpp"
#include "apps/webhooks/event_body.hpp"
#include "base/logging.hpp"
#include "hub/commit_requests.hpp"
#include "proto/json.hpp"

namespace weir::apps {
namespace {

using namespace std::chrono_literals;

/// After a crash so much of what was delivered is delivered again, at most. A hook that nothing was
/// delivered to reads again what is not its own, which costs less than a commit.
constexpr auto kSaveEvery = 200ms;
constexpr std::uint64_t kSaveUndeliveredEvery = 10'000;  // Positions.
constexpr auto kLoadRetry = 1s;
constexpr auto kBurialsSaidEvery = 30s;
/// A larger event is named by its dead letter, not repeated.
constexpr std::size_t kDeadEventBytesMax = 1 << 20;

std::int64_t hash_of(const std::string& url) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : url) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return static_cast<std::int64_t>(hash);
}

proto::Event dead_letter(const Courier& courier, const Courier::Failed& failed) {
  proto::Event event;
  event.topics.push_back(courier.config().dead_letter_topic());
  event.type = "dead-letter";
  // What was private does not become public by failing.
  event.flags = failed.event->flags & proto::kPrivate;
  const auto epoch = failed.event.batch->epoch();
  auto body = event_body(epoch, *failed.event);
  if (body.size() > kDeadEventBytesMax) {
    auto without = *failed.event;
    without.data = {};
    body = event_body(epoch, without);
  }
  event.data = fmt::format(R"({{"webhook":{},"reason":{},"attempts":{},"event":{}}})",
                           proto::json_string(courier.config().name),
                           proto::json_string(failed.reason), failed.attempts, body);
  return event;
}

}  // namespace

void Dispatcher::submit(std::function<base::Result<>(log::Transaction&)> change,
                        std::function<void(base::Result<>)> done) {
  context_.log->submit(std::make_unique<hub::StateCommit>(
      std::move(change), [post = context_.post, done = std::move(done)](base::Result<> outcome) {
        post([done, outcome = std::move(outcome)] { done(outcome); });
      }));
}

/// Finds out where new hooks stand, and makes a row for those that stand nowhere: from then on they
/// miss nothing.
void Dispatcher::load() {
  if (to_load_.empty() || loading_ || context_.clock->steady() < load_due_) return;
  loading_ = true;
  using Found = std::vector<std::pair<std::shared_ptr<const Receiver>, StoredHook>>;
  auto found = std::make_shared<Found>();
  const auto floor = context_.log->floor();
  submit(
      [found, floor, receivers = to_load_](log::Transaction& transaction) -> base::Result<> {
        found->clear();
        auto& state = transaction.state();
        if (auto made = hook_store::prepare(state); !made) return made;
        for (const auto& receiver : receivers) {
          const auto& config = receiver->config();
          auto stored = hook_store::find(state, config.name);
          if (!stored) return stored.error();
          if (!*stored) {
            stored->emplace(StoredHook{.cursor = config.from_earliest ? floor : transaction.head(),
                                       .url_hash = hash_of(config.url)});
            if (auto saved = hook_store::save(state, config.name, **stored); !saved) return saved;
          }
          found->emplace_back(receiver, **stored);
        }
        return {};
      },
      [this, found](const base::Result<>& outcome) { loaded(outcome, *found); });
}

void Dispatcher::loaded(
    const base::Result<>& outcome,
    const std::vector<std::pair<std::shared_ptr<const Receiver>, StoredHook>>& found) {
  loading_ = false;
  if (!outcome) {
    if (!std::exchange(load_failing_, true)) {
      base::log_warning("webhook.load_failed", "error=\"{}\"", outcome.error().message());
    }
    load_due_ = context_.clock->steady() + kLoadRetry;
    return;
  }
  load_failing_ = false;
  for (const auto& [receiver, stored] : found) {
    const auto& config = receiver->config();
    // The configuration may have changed meanwhile; then that is loaded next.
    if (std::erase(to_load_, receiver) == 0) continue;
    auto hook =
        std::make_unique<Hook>(Hook{.courier = Courier(next_number_, receiver, stored.cursor,
                                                       context_.seed + next_number_ * 1000),
                                    .stored = stored});
    ++next_number_;
    base::log_info("webhook.started", "name={} after={} key={}", config.name, stored.cursor.value,
                   receiver->key().public_text());
    if (!stored.disabled.empty() && stored.url_hash == hash_of(config.url)) {
      hook->courier.disable(stored.disabled);
      note_disabled(*hook);
    }
    hooks_.push_back(std::move(hook));
  }
}

bool Dispatcher::wants_saving(const Hook& hook, bool all) const {
  // The burial's own commit moves the cursor further than is known here yet.
  if (hook.burying > 0) return false;
  const auto settled = hook.courier.settled();
  if (hook.courier.disabled() != hook.stored.disabled) return true;
  if (settled <= hook.stored.cursor) return false;
  return all || hook.delivered_since_save || settled - hook.stored.cursor >= kSaveUndeliveredEvery;
}

void Dispatcher::save(bool all) {
  const auto now = context_.clock->steady();
  if (!all && (saving_ || now < saved_at_ + kSaveEvery)) return;
  struct Row {
    std::uint64_t number;
    std::string name;
    StoredHook stored;
  };
  auto rows = std::make_shared<std::vector<Row>>();
  for (const auto& hook : hooks_) {
    if (!wants_saving(*hook, all)) continue;
    const auto& courier = hook->courier;
    rows->push_back({courier.number(),
                     courier.config().name,
                     {.cursor = std::max(courier.settled(), hook->stored.cursor),
                      .disabled = courier.disabled(),
                      .url_hash = hash_of(courier.config().url)}});
    hook->delivered_since_save = false;
  }
  if (rows->empty()) return;
  saving_ = true;
  saved_at_ = now;
  submit(
      [rows](log::Transaction& transaction) -> base::Result<> {
        for (const auto& row : *rows) {
          if (auto saved = hook_store::save(transaction.state(), row.name, row.stored); !saved) {
            return saved;
          }
        }
        return {};
      },
      [this, rows](const base::Result<>& outcome) {
        saving_ = false;
        for (const auto& row : *rows) {
          Hook* const hook = find(row.number);
          if (hook == nullptr) continue;
          if (outcome) {
            hook->stored = row.stored;
          } else {
            hook->delivered_since_save = true;  // Again, at the next turn.
          }
        }
      });
}

/// The dead letter and the cursor beyond its event are one commit.
void Dispatcher::bury(Hook& hook, std::uint32_t lane) {
  const auto failed = hook.courier.failed(lane);
  auto letter = std::make_shared<proto::Event>(dead_letter(hook.courier, failed));
  auto stored = hook.stored;
  stored.cursor = std::max(stored.cursor, hook.courier.settled_without(lane));
  ++hook.burying;
  submit(
      [letter, name = hook.courier.config().name,
       cursor = stored.cursor](log::Transaction& transaction) -> base::Result<> {
        const auto& topic = letter->topics.front();
        if (transaction.is_closed(topic)) {
          return base::make_error(base::ErrorCode::kTopicClosed, topic);
        }
        transaction.append(*letter);
        return hook_store::save_cursor(transaction.state(), name, cursor);
      },
      [this, number = hook.courier.number(), lane, stored](const base::Result<>& outcome) {
        on_buried(number, lane, stored, outcome);
      });
}

void Dispatcher::on_buried(std::uint64_t number, std::uint32_t lane, StoredHook stored,
                           const base::Result<>& outcome) {
  Hook* const hook = find(number);
  if (hook == nullptr) return;
  --hook->burying;
  const auto now = context_.clock->steady();
  hook->courier.buried(lane, outcome.has_value(), now);
  const auto& name = hook->courier.config().name;
  if (!outcome) {
    base::log_warning("webhook.dead_letter_failed", "name={} error=\"{}\"", name,
                      outcome.error().message());
    return;
  }
  hook->stored.cursor = std::max(hook->stored.cursor, stored.cursor);
  ++hook->dead_letters;
  ++hook->buried_unsaid;
  metrics_.dead_letters.add();
  if (hook->dead_letters > 1 && now < hook->buried_said + kBurialsSaidEvery) return;
  hook->buried_said = now;
  base::log_warning("webhook.dead_letters", "name={} events={} topic={} reason=\"{}\"", name,
                    std::exchange(hook->buried_unsaid, 0),
                    hook->courier.config().dead_letter_topic(), hook->courier.trouble());
}

}  // namespace weir::apps
