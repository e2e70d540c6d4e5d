#include "log/open_transaction.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace weir::log {
OpenTransaction::OpenTransaction(Engine& engine, const LogState& state, const TopicIndex& index,
                                 const Namespaces& namespaces, base::UnixMillis now)
    : engine_(&engine), log_state_(&state), index_(&index), namespaces_(&namespaces), now_(now) {
  builder_.begin(state.committed.get(), now);
}

base::Sequence OpenTransaction::append(proto::Event event) {
  WEIR_CHECK(!event.has(proto::kEphemeral) && !event.topics.empty(), "a durable event is appended");
  auto rules = namespaces_->of(event.topics.front());
  // Each of its topics keeps what it promises.
  for (std::size_t i = 1; i < event.topics.size(); ++i) {
    rules.durability = std::min(rules.durability, namespaces_->of(event.topics[i]).durability);
  }
  const auto sequence = builder_.last().next();
  if (event.has(proto::kTerminal)) {
    for (const auto& topic : event.topics) closures_.push_back({topic, sequence});
  }
  return builder_.append(std::move(event), rules);
}

State& OpenTransaction::state() {
  if (!savepoint_ && !savepoint_error_) {
    if (auto opened = engine_->savepoint(); opened) {
      savepoint_ = true;
    } else {
      savepoint_error_ = opened.error();
    }
  }
  return engine_->state();
}

bool OpenTransaction::is_closed(std::string_view topic) const {
  const auto change = std::find_if(closures_.rbegin(), closures_.rend(),
                                   [&](const auto& closure) { return closure.topic == topic; });
  if (change != closures_.rend()) return change->at.has_value();
  return log_state_->closed_at(topic).has_value();
}

/// The position of the topic's newest event up to `up_to`; 0 if there is none. A floor must be at
/// an event: beyond it, subscribers that have seen everything would be told of a gap.
base::Result<base::Sequence> OpenTransaction::newest_of(std::string_view topic,
                                                        base::Sequence up_to) const {
  for (std::size_t i = builder_.size(); i-- > 0;) {
    if (builder_.sequence(i) > up_to) continue;
    const auto& topics = builder_.event(i).topics;
    if (std::find(topics.begin(), topics.end(), topic) != topics.end()) return builder_.sequence(i);
  }
  const auto info = index_->info(topic);
  if (!info) {
    if (info.error().code == base::ErrorCode::kNotFound) return base::Sequence();
    return info.error();
  }
  if (info->last <= up_to) return info->last;
  if (info->first > up_to) return base::Sequence();
  // The last position from which something is left up to `up_to`. A count reads two chunks of
  // postings at most; walking a long topic would keep everybody's commits waiting.
  const proto::Selectors only_it{{std::string(topic)}, {}};
  auto low = info->first.value;
  auto high = up_to.value;
  while (low < high) {
    const auto middle = low + (high - low + 1) / 2;
    const auto left = index_->count(only_it, {middle - 1}, up_to);
    if (!left) return left.error();
    if (*left > 0) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return base::Sequence{low};
}

base::Result<> OpenTransaction::trim_topic(std::string_view topic, base::Sequence up_to,
                                           bool forget) {
  const auto floor = newest_of(topic, std::min(up_to, head()));
  // A damaged index refuses this request; it is no reason to stop writing.
  if (!floor) return base::make_error(base::ErrorCode::kInternal, floor.error().message());
  if (floor->value != 0) trims_.push_back({std::string(topic), *floor});
  if (forget && is_closed(topic)) closures_.push_back({std::string(topic), std::nullopt});
  return {};
}

void OpenTransaction::begin_request() {
  marks_ = {builder_.size(), trims_.size(), closures_.size()};
  savepoint_ = false;
  savepoint_error_.reset();
}

base::Result<> OpenTransaction::end_request(bool keep) {
  if (!keep) {
    builder_.truncate(marks_.events);
    trims_.erase(trims_.begin() + static_cast<std::ptrdiff_t>(marks_.trims), trims_.end());
    closures_.erase(closures_.begin() + static_cast<std::ptrdiff_t>(marks_.closures),
                    closures_.end());
  }
  if (savepoint_error_) return *savepoint_error_;
  if (!savepoint_) return {};
  savepoint_ = false;
  if (!keep) return engine_->rollback_to();
  state_changed_ = true;
  return engine_->release();
}

}  // namespace weir::log
