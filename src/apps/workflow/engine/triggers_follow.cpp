// Triggers that follow the log.

#include <algorithm>

#include "apps/workflow/engine/triggers.hpp"
#include "base/logging.hpp"
#include "proto/cursor.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

/// A cursor that only passes by what is not its own is stored so often: a restart reads from there.
constexpr std::uint64_t kSaveEvery = 10'000;
constexpr std::size_t kReadBytes = 1 << 20;

json::value data_of(std::string_view data) {
  boost::system::error_code error;
  auto value = json::parse(data, error);
  return error ? json::value(data) : value;
}

json::value trigger_json(base::Epoch epoch, const proto::EventView& event) {
  return json::object{{"type", "event"},
                      {"topic", event.topics.front()},
                      {"event", event.type.empty() ? "message" : event.type},
                      {"id", event.id},
                      {"key", event.key},
                      {"time", proto::format_rfc3339(event.time)},
                      {"cursor", proto::to_string({epoch, event.sequence})},
                      {"data", data_of(event.data)}};
}

bool wants(const proto::Selectors& selectors, const Trigger& trigger,
           const proto::EventView& event) {
  const bool named = std::any_of(event.topics.begin(), event.topics.end(),
                                 [&](std::string_view topic) { return selectors.matches(topic); });
  return named && (!trigger.filter || trigger.filter->matches(event));
}

}  // namespace

void Triggers::on_batch(const log::BatchPtr& batch) {
  head_ = std::max(head_, batch->last());
  for (auto& [key, follower] : followers_) {
    // Of one that is at the head most batches are none of its business; no read tells it so.
    const bool next =
        !follower.reading && follower.matches.empty() && follower.cursor.next() == batch->first();
    if (!next) continue;
    const auto& trigger = trigger_of(key, follower.of);
    bool any = false;
    for (std::size_t i = 0; i < batch->size() && !any; ++i) {
      any = wants(*follower.selectors, trigger, (*batch)[i]);
    }
    if (!any) follower.cursor = follower.covered = batch->last();
  }
}

void Triggers::follow(const Key& key, Follower& follower) {
  if (follower.reading || follower.starting) return;
  if (!follower.matches.empty()) {
    if (hub_.clock().steady() >= follower.retry) start_next(key, follower);
    return;
  }
  follower.cursor = std::max(follower.cursor, follower.covered);
  if (follower.cursor - follower.saved >= kSaveEvery && !follower.saving) save(key, follower);
  if (follower.cursor < head_) read_log(key, follower);
}

void Triggers::save(const Key& key, Follower& follower) {
  follower.saving = true;
  const Stored row{key.first, key.second, trigger_of(key, follower.of).topics->text(), true,
                   follower.cursor};
  engine_.change(
      [row](log::Transaction& transaction) -> base::Result<> {
        const log::Value columns[] = {static_cast<std::int64_t>(row.reached.value), row.workflow,
                                      std::int64_t{row.position},
                                      static_cast<std::int64_t>(row.reached.value)};
        return transaction.state().execute(
            "UPDATE workflow_triggers SET reached = ? WHERE workflow = ? AND position = ? "
            "AND reached < ?",
            columns);
      },
      [this, key, row](const base::Result<>& stored) {
        const auto at = followers_.find(key);
        if (at == followers_.end()) return;
        at->second.saving = false;
        if (stored) at->second.saved = std::max(at->second.saved, row.reached);
      });
}

void Triggers::read_log(const Key& key, Follower& follower) {
  follower.reading = true;
  hub_.log().read(
      {.after = follower.cursor, .bytes_max = kReadBytes, .selectors = follower.selectors},
      [this, key, selectors = follower.selectors,
       post = post_](base::Result<log::ReadResult> result) {
        post([this, key, selectors, result = std::move(result)] {
          const auto at = followers_.find(key);
          // It may have become another one meanwhile.
          if (at == followers_.end() || at->second.selectors != selectors) return;
          at->second.reading = false;
          if (!result) return note_failure(key.first, result.error());
          take(at->second, *result);
        });
      });
}

void Triggers::take(Follower& follower, const log::ReadResult& result) {
  if (result.floor > follower.cursor) {
    base::log_warning("workflow.trigger_gap", "workflow={} from={} to={}",
                      follower.of.definition->id, follower.cursor.value, result.floor.value);
  }
  const auto key = std::find_if(followers_.begin(), followers_.end(), [&](const auto& each) {
                     return &each.second == &follower;
                   })->first;
  const auto& trigger = trigger_of(key, follower.of);
  for (const auto& batch : result.batches) {
    for (auto i = batch->index_after(follower.cursor); i < batch->size(); ++i) {
      const auto& event = (*batch)[i];
      if (!wants(*follower.selectors, trigger, event)) continue;
      follower.matches.push_back({event.sequence, trigger_json(batch->epoch(), event)});
    }
  }
  auto covered = std::max(result.covered, result.floor);
  for (const auto& batch : result.batches) covered = std::max(covered, batch->last());
  follower.covered = covered;
}

}  // namespace weir::apps::workflow
