#include "apps/webhooks/dispatcher.hpp"

#include <algorithm>
#include <utility>

#include "base/logging.hpp"

namespace weir::apps {
namespace {

using namespace std::chrono_literals;

/// Recent batches, so that hooks that keep up never make the log read.
constexpr std::size_t kRingBytes = 4 << 20;
/// Of one read of the log: what a hook that is behind holds in memory at a time.
constexpr std::size_t kReadBytes = 256 << 10;
/// How often the log's head is looked at while nobody tells of a commit.
constexpr auto kLook = 1s;

}  // namespace

Dispatcher::Dispatcher(Context context, WebhookMetrics& metrics)
    : context_(std::move(context)), metrics_(metrics), ring_(kRingBytes) {
  head_ = ring_last_ = context_.log->head();
  ring_.begin_at(head_);
}

Dispatcher::Hook* Dispatcher::find(std::uint64_t number) {
  const auto at = std::find_if(hooks_.begin(), hooks_.end(),
                               [&](const auto& hook) { return hook->courier.number() == number; });
  return at == hooks_.end() ? nullptr : at->get();
}

Dispatcher::Hook* Dispatcher::find(const std::string& name) {
  const auto at = std::find_if(hooks_.begin(), hooks_.end(), [&](const auto& hook) {
    return hook->courier.config().name == name;
  });
  return at == hooks_.end() ? nullptr : at->get();
}

void Dispatcher::configure(std::vector<std::shared_ptr<const Receiver>> receivers) {
  std::erase_if(hooks_, [&](const HookPtr& hook) {
    const bool stays = std::any_of(receivers.begin(), receivers.end(), [&](const auto& each) {
      return each->config().name == hook->courier.config().name;
    });
    if (!stays) base::log_info("webhook.removed", "name={}", hook->courier.config().name);
    return !stays;
  });
  to_load_.clear();
  for (auto& receiver : receivers) {
    Hook* const hook = find(receiver->config().name);
    if (hook == nullptr) {
      to_load_.push_back(std::move(receiver));
    } else if (hook->courier.config() != receiver->config()) {
      const bool moved = hook->courier.config().url != receiver->config().url;
      const auto name = receiver->config().name;
      hook->courier.configure(std::move(receiver));
      if (moved) enable(name);
    }
  }
  load_due_ = context_.clock->steady();
}

void Dispatcher::on_batch(log::BatchPtr batch) {
  head_ = std::max(head_, batch->last());
  // A seam without a batch is read from the log.
  if (batch->first() != ring_last_.next()) {
    ring_ = hub::Ring(kRingBytes);
    ring_.begin_at({batch->first().value - 1});
  }
  ring_last_ = batch->last();
  ring_.push(std::move(batch));
}

void Dispatcher::step() {
  if (closed_) return;
  head_ = std::max(head_, context_.log->head());
  load();
  for (const auto& hook : hooks_) {
    read_more(*hook);
    send_out(*hook);
    for (const auto lane : hook->courier.to_bury(context_.clock->steady())) bury(*hook, lane);
  }
  save(false);
  count();
}

std::optional<base::Clock::Steady> Dispatcher::due() const {
  if (hooks_.empty() && to_load_.empty()) return std::nullopt;
  auto earliest = context_.clock->steady() + kLook;
  if (!to_load_.empty() && !loading_) earliest = std::min(earliest, load_due_);
  for (const auto& hook : hooks_) {
    if (const auto at = hook->courier.due()) earliest = std::min(earliest, *at);
    if (!saving_ && hook->delivered_since_save) earliest = std::min(earliest, saved_at_ + 200ms);
  }
  return earliest;
}

void Dispatcher::read_more(Hook& hook) {
  if (hook.reading || !hook.courier.hungry() || hook.courier.position() >= head_) return;
  if (ring_.covers(hook.courier.position())) {
    take_from_ring(hook);
  } else {
    read_log(hook);
  }
}

void Dispatcher::take_from_ring(Hook& hook) {
  const auto floors = context_.log->floors();
  const auto now = context_.clock->unix_millis();
  for (auto at = ring_.find_after(hook.courier.position());
       at != ring_.end() && hook.courier.hungry(); ++at) {
    hook.courier.take(*at, *floors, now);
  }
}

void Dispatcher::read_log(Hook& hook) {
  hook.reading = true;
  context_.log->read(
      {.after = hook.courier.position(),
       .bytes_max = kReadBytes,
       .selectors = hook.courier.receiver().selectors()},
      [post = context_.post, this,
       number = hook.courier.number()](base::Result<log::ReadResult> result) {
        post([this, number, result = std::move(result)] { on_read(number, result); });
      });
}

void Dispatcher::on_read(std::uint64_t number, const base::Result<log::ReadResult>& result) {
  Hook* const hook = find(number);
  if (hook == nullptr || !hook->reading) return;
  hook->reading = false;
  if (!result) {
    if (!hook->troubled) {
      base::log_warning("webhook.read_failed", "name={} error=\"{}\"", hook->courier.config().name,
                        result.error().message());
    }
    hook->troubled = true;
    return;  // The next look tries again.
  }
  auto& courier = hook->courier;
  if (result->floor > courier.position()) tell_gap(*hook, result->floor);
  const auto now = context_.clock->unix_millis();
  for (const auto& batch : result->batches) {
    if (!courier.hungry()) return;
    courier.take(batch, *result->floors, now);
  }
  if (courier.hungry()) courier.pass(result->covered);
}

/// Nobody can give back what retention has taken; at least it is not done in silence.
void Dispatcher::tell_gap(Hook& hook, base::Sequence floor) {
  metrics_.gaps.add();
  base::log_warning("webhook.gap", "name={} after={} available_from={}", hook.courier.config().name,
                    hook.courier.position().value, floor.value);
  hook.courier.pass(floor);
}

void Dispatcher::send_out(Hook& hook) {
  while (auto attempt = hook.courier.next(context_.clock->steady())) {
    context_.carry(std::move(*attempt));
  }
}

void Dispatcher::attempt_ended(Attempt attempt, const Outcome& outcome) {
  Hook* const hook = find(attempt.hook);
  if (hook == nullptr) return;
  const auto verdict = hook->courier.finished(std::move(attempt), outcome, context_.clock->steady(),
                                              context_.clock->unix_millis());
  if (verdict == Courier::Verdict::kDelivered) {
    ++hook->delivered;
    metrics_.delivered.add();
    hook->delivered_since_save = true;
    if (std::exchange(hook->troubled, false)) {
      base::log_info("webhook.recovered", "name={}", hook->courier.config().name);
    }
    return;
  }
  note_failure(*hook, outcome);
  if (verdict == Courier::Verdict::kDisabled) note_disabled(*hook);
}

void Dispatcher::note_failure(Hook& hook, const Outcome& outcome) {
  ++hook.failures;
  metrics_.failures.add();
  if (std::exchange(hook.troubled, true)) return;
  base::log_warning("webhook.failing", "name={} reason=\"{}\"", hook.courier.config().name,
                    outcome.reason);
}

void Dispatcher::note_disabled(Hook& hook) {
  base::log_warning("webhook.disabled", "name={} reason=\"{}\"", hook.courier.config().name,
                    hook.courier.disabled());
}

bool Dispatcher::enable(const std::string& name) {
  Hook* const hook = find(name);
  if (hook == nullptr) return false;
  if (hook->courier.disabled().empty()) return true;
  hook->courier.enable();
  base::log_info("webhook.enabled", "name={}", name);
  return true;
}

bool Dispatcher::disable(const std::string& name) {
  Hook* const hook = find(name);
  if (hook == nullptr) return false;
  if (!hook->courier.disabled().empty()) return true;
  hook->courier.disable("by an operator");
  note_disabled(*hook);
  return true;
}

void Dispatcher::count() {
  std::uint64_t disabled = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t pending = 0;
  for (const auto& hook : hooks_) {
    disabled += hook->courier.disabled().empty() ? 0 : 1;
    in_flight += hook->courier.in_flight();
    pending += hook->courier.pending();
  }
  metrics_.hooks.set(hooks_.size());
  metrics_.disabled.set(disabled);
  metrics_.in_flight.set(in_flight);
  metrics_.pending.set(pending);
}

std::vector<HookStatus> Dispatcher::status() const {
  std::vector<HookStatus> out;
  for (const auto& hook : hooks_) {
    const auto& courier = hook->courier;
    out.push_back({.name = courier.config().name,
                   .origin = courier.receiver().url().origin(),
                   .topics = courier.config().topics,
                   .cursor = courier.settled(),
                   .pending = courier.pending(),
                   .delivered = hook->delivered,
                   .failures = hook->failures,
                   .dead_letters = hook->dead_letters,
                   .disabled = courier.disabled(),
                   .trouble = courier.trouble(),
                   .key = courier.receiver().key().public_text()});
  }
  return out;
}

void Dispatcher::close() {
  if (std::exchange(closed_, true)) return;
  save(true);
}

}  // namespace weir::apps
