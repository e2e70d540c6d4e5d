#include "client.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace weir::simulation {
namespace {

/// A text field of the hub's flat control frames.
std::string field(const std::string& json, std::string_view name) {
  const auto key = fmt::format(R"("{}":")", name);
  const auto at = json.rfind(key);
  if (at == std::string::npos) return {};
  const auto begin = at + key.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

bool overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

}  // namespace

Client::Client(std::size_t number, std::shared_ptr<const proto::Selectors> selectors,
               base::SlowConsumer policy, const History& history, const base::Clock& clock,
               Report& report)
    : number_(number),
      selectors_(std::move(selectors)),
      policy_(policy),
      history_(&history),
      clock_(&clock),
      report_(&report) {}

void Client::begin(const hub::Start& start, base::Sequence head, const Floors& known) {
  // What was gone before is promised to nobody but who resumes.
  told_ = known;
  told_.raise(history_->floors());
  position_ = {};
  due_gap_.clear();
  last_count_.reset();
  ephemeral_.clear();
  head_at_start_ = head;
  using enum hub::Start::Kind;
  switch (start.kind) {
    case kLatest:
      position_ = head;
      break;
    case kEarliest:
      break;
    case kLast:
      last_count_ = start.count;
      break;
    case kCursor: {
      const auto cursor = proto::parse_cursor(start.text);
      if (!cursor) {
        due_gap_ = "unknown";
      } else if (cursor->epoch != history_->epoch()) {
        due_gap_ = "epoch";
      } else if (cursor->sequence > head) {
        due_gap_ = "unknown";
      } else {
        position_ = cursor->sequence;
        told_ = {};
        if (history_->lost(position_, *selectors_)) due_gap_ = "trimmed";
      }
    }
  }
}

bool Client::matches(const KnownEvent& event) const {
  return std::any_of(event.topics.begin(), event.topics.end(),
                     [this](const auto& topic) { return selectors_->matches(topic); });
}

/// Whether a newer event with its key stands for it.
bool Client::superseded(base::Sequence at, const KnownEvent& event) const {
  if (policy_ != base::SlowConsumer::kConflate || event.key.empty()) return false;
  const auto& events = history_->events();
  return std::any_of(events.upper_bound(at), events.end(), [&](const auto& later) {
    return later.second.key == event.key && overlap(later.second.topics, event.topics) &&
           matches(later.second);
  });
}

bool Client::excused(base::Sequence at, const KnownEvent& event) const {
  if (told_.cover(at, event, *selectors_)) return true;
  if (event.expires != 0 && event.expires <= clock_->unix_millis()) return true;
  return superseded(at, event);
}

void Client::expect_all_up_to(base::Sequence position) {
  if (!due_gap_.empty()) return;
  // What went before the log was asked for the newest N was not promised.
  if (last_count_) told_.raise(history_->floors());
  // Where `last=N` began shows when the first event comes; until then the newest N of now are due.
  const auto after = last_count_ ? std::max(position_, before_newest(*last_count_)) : position_;
  const auto& events = history_->events();
  for (auto at = events.upper_bound(after); at != events.end() && at->first <= position; ++at) {
    if (!matches(at->second) || excused(at->first, at->second)) continue;
    report_->fail(
        "client {} missed event {} ({}), between {} and {}, and was not told{}", number_,
        at->first.value, fmt::join(at->second.topics, ", "), after.value, position.value,
        history_->floors().cover(at->first, at->second, *selectors_) ? " of the trim" : "");
  }
  if (!last_count_) position_ = std::max(position_, position);
}

/// The position before the newest `count` events that match; that of the head for none.
base::Sequence Client::before_newest(std::uint64_t count) const {
  const auto& events = history_->events();
  if (count == 0) return history_->head();
  for (auto at = events.rbegin(); at != events.rend(); ++at) {
    if (matches(at->second) && --count == 0) return {at->first.value - 1};
  }
  return {};
}

/// The first event after `last=N`: of those that were there when it was asked, at most N may come.
void Client::begin_last(base::Sequence first) {
  const auto& events = history_->events();
  std::uint64_t before_start = 0;
  for (auto at = events.find(first); at != events.end() && at->first <= head_at_start_; ++at) {
    if (!matches(at->second)) continue;
    if (!history_->floors().cover(at->first, at->second, *selectors_)) ++before_start;
  }
  if (before_start > *last_count_) {
    report_->fail("client {} asked for the last {} and got {}", number_, *last_count_,
                  before_start);
  }
  expect_all_up_to({first.value - 1});
  last_count_.reset();
  position_ = {first.value - 1};
}

void Client::receive(const Frame& frame) {
  if (frame.batch == nullptr) {
    report_->note("client {} gets {} {}", number_, frame.type, frame.json);
  } else if (!frame.batch->ephemeral()) {
    report_->note("client {} gets {}", number_, (*frame.batch)[frame.index].sequence.value);
  }
  if (!due_gap_.empty() && (frame.batch != nullptr || frame.type != "gap")) {
    report_->fail("client {} should have been told of a gap ({}) first", number_, due_gap_);
  }
  if (frame.batch != nullptr) {
    receive_event(*frame.batch, frame.index);
  } else if (frame.type == "gap") {
    receive_gap(frame);
  } else if (frame.type == "heartbeat") {
    receive_heartbeat(frame.json);
  } else if (frame.type != "recovery" && frame.type != "drain") {
    report_->fail("client {} got a frame {}", number_, frame.type);
  }
}

void Client::receive_event(const log::Batch& batch, std::size_t index) {
  const auto& view = batch[index];
  if (batch.ephemeral() || view.has(proto::kEphemeral)) {
    receive_ephemeral(view);
    return;
  }
  const auto sequence = view.sequence;
  const auto& events = history_->events();
  const auto at = events.find(sequence);
  if (batch.epoch() != history_->epoch() || at == events.end()) {
    report_->fail("client {} got an event at {} that the log never had", number_, sequence.value);
    return;
  }
  if (at->second.data != view.data) {
    report_->fail("client {} got another event at {} than others", number_, sequence.value);
  }
  if (!matches(at->second)) {
    report_->fail("client {} got event {} of topics it did not ask for", number_, sequence.value);
  }
  if (last_count_) begin_last(sequence);
  if (sequence <= position_) {
    report_->fail("client {} got event {} again, or out of order, after {}", number_,
                  sequence.value, position_.value);
  }
  expect_all_up_to({sequence.value - 1});
  position_ = sequence;
  last_id_ = {batch.epoch(), sequence};
}

void Client::receive_ephemeral(const proto::EventView& event) {
  if (event.sequence.value != 0 || !history_->was_ephemeral(event.data)) {
    report_->fail("client {} got an ephemeral event that nobody published", number_);
  }
  if (!ephemeral_.insert(std::string(event.data)).second) {
    report_->fail("client {} got ephemeral event {} twice", number_, event.data);
  }
  if (std::none_of(event.topics.begin(), event.topics.end(),
                   [this](const auto& topic) { return selectors_->matches(topic); })) {
    report_->fail("client {} got an ephemeral event of topics it did not ask for", number_);
  }
}

void Client::receive_gap(const Frame& frame) {
  const auto reason = field(frame.json, "reason");
  const auto from = proto::parse_cursor(field(frame.json, "available_from"));
  if (!from || from->epoch != history_->epoch()) {
    report_->fail("client {} was told of a gap without an end: {}", number_, frame.json);
    return;
  }
  if (!due_gap_.empty()) {
    if (reason != due_gap_) {
      report_->fail("client {} was told of a gap ({}), and not of {}", number_, reason, due_gap_);
    }
    due_gap_.clear();
    position_ = from->sequence;
    told_.raise(frame.told);
    return;
  }
  if (reason == "slow" && policy_ == base::SlowConsumer::kDropToLatest) {
    position_ = std::max(position_, from->sequence);
    last_count_.reset();
    return;
  }
  const auto requested = proto::parse_cursor(field(frame.json, "requested"));
  if (reason != "trimmed" || !requested) {
    report_->fail("client {} was told of a gap for no reason: {}", number_, frame.json);
    return;
  }
  if (!history_->floors().touch(requested->sequence, *selectors_) &&
      !history_->may_be_lost(requested->sequence)) {
    report_->fail("client {} was told of a gap where nothing is gone: {}", number_, frame.json);
  }
  // The shard may have learnt of the end in an answer of the log, ahead of the news of the trim.
  Floors gone = history_->floors();
  std::swap(gone, told_);
  told_.raise(gone);
  expect_all_up_to(from->sequence);
  told_ = std::move(gone);
  told_.raise(frame.told);
  told_.all = std::max(told_.all, std::min(from->sequence, history_->floors().all));
}

void Client::receive_heartbeat(const std::string& json) {
  const auto cursor = proto::parse_cursor(field(json, "cursor"));
  if (!cursor || cursor->epoch != history_->epoch()) {
    report_->fail("client {} got a heartbeat of nowhere: {}", number_, json);
    return;
  }
  expect_all_up_to(cursor->sequence);
}

}  // namespace weir::simulation
