#include "hub/shard.hpp"

#include <algorithm>

namespace weir::hub {
namespace {

// Turns of catching up before the mailbox is looked at again.
constexpr std::size_t kTurnsPerRun = 256;

}  // namespace

Shard::Shard(Context context)
    : clock_(context.clock),
      newest_(context.newest),
      tracer_(context.tracer),
      settings_(std::move(context.settings)),
      rules_(std::move(context.rules)),
      random_(context.seed),
      announce_(std::move(context.announce)),
      wake_(std::move(context.wake)),
      mailbox_([this] { wake(); }),
      answers_([this] { wake(); }),
      ring_(settings_->ring_bytes),
      started_(clock_->steady()) {}

void Shard::attach(log::Log& log) {
  log_ = &log;
  head_ = log.head();
  on_trim(log.floors());
  ring_.begin_at(head_);
}

Shard::~Shard() = default;

void Shard::wake() {
  if (!woken_.exchange(true)) wake_();
}

void Shard::run() {
  // Before anything is taken: what is posted from here on wakes again.
  woken_.store(false);
  drain_mailbox();
  for (auto turns = std::min(runnable_.size(), kTurnsPerRun); turns > 0; --turns) {
    const auto id = runnable_.front();
    runnable_.pop_front();
    auto* subscriber = find(id);
    if (subscriber == nullptr) continue;
    subscriber->runnable = false;
    if (catch_up(id.slot) && find(id) != nullptr) make_runnable(id.slot);
  }
  end_doomed();
  if (!runnable_.empty()) wake();
}

void Shard::reconfigure(std::shared_ptr<const base::Settings> settings,
                        std::shared_ptr<const Rules> rules) {
  settings_ = std::move(settings);
  rules_ = std::move(rules);
}

Subscriber* Shard::find(SubscriberId id) {
  if (id.slot >= subscribers_.size()) return nullptr;
  auto& subscriber = subscribers_[id.slot];
  if (subscriber.generation != id.generation) return nullptr;
  return subscriber.state == Subscriber::State::kFree ? nullptr : &subscriber;
}

std::uint64_t Shard::count_subscribers(std::string_view topic) const {
  std::uint64_t count = 0;
  if (const auto* entry = interests_.find(topic)) {
    for (const auto& wanted : entry->interests) count += wanted.interest->members.size();
  }
  for (const auto* interest : interests_.with_patterns()) {
    const auto& selectors = *interest->selectors;
    const auto& names = selectors.topics;
    if (std::binary_search(names.begin(), names.end(), topic)) continue;  // Counted above.
    if (selectors.matches(topic)) count += interest->members.size();
  }
  return count;
}

}  // namespace weir::hub
