#include "api/poll/poll_transport.hpp"

#include <fmt/format.h>

#include <utility>

#include "api/access/client_address.hpp"
#include "api/entity_tag.hpp"
#include "net/http_message.hpp"

namespace weir::api {
namespace {

constexpr std::uint32_t kMillisPerSecond = 1000;

void set_common(net::Response& response, std::string tag, std::uint32_t retry_ms) {
  response.set("ETag", std::move(tag));
  // A browser's cache may keep it, and asks each time whether it still holds.
  response.set("Cache-Control", "private, no-cache");
  response.set("Vary", fmt::format("Accept, {}", kVaryByCaller));
  if (retry_ms == 0) return;
  const auto seconds = (retry_ms + kMillisPerSecond - 1) / kMillisPerSecond;
  response.set("Retry-After", std::to_string(seconds));
}

}  // namespace

void PollTransport::start(hub::SubscriberId subscriber, Poll poll, hub::Start start) {
  const auto sink = sink_of(subscriber);
  poll.call->exchange().on_abort([this, subscriber, sink] {
    shard_.remove(subscriber);
    polls_.erase(sink);
    metrics_.waiting.set(polls_.size());
  });
  // Only one that waits: what can be answered now is answered to whoever has half closed, too.
  if (poll.waits) poll.call->exchange().abort_at_end_of_input();
  polls_.emplace(sink, std::move(poll));
  metrics_.waiting.set(polls_.size());
  starting_ = true;
  shard_.start(subscriber, sink, false, std::move(start));
  starting_ = false;
  answer_finished();
}

Poll* PollTransport::find(hub::SinkId sink) {
  const auto at = polls_.find(sink);
  return at == polls_.end() ? nullptr : &at->second;
}

/// Where the client goes on. After events it is the last one's, so that an answer that is asked for
/// again has the same tag while other topics move on; without any it is as far as was looked.
proto::Cursor PollTransport::cursor(const Poll& poll) const {
  const auto position = poll.position.value_or(shard_.head_cursor());
  if (poll.newest.value != 0) return {position.epoch, poll.newest};
  return position;
}

/// Whether the client does not have it already: it has an answer's events if it names its cursor,
/// and what it asked from if nothing came after that.
bool PollTransport::is_news(const Poll& poll) const {
  if (!poll.gap.empty() || poll.cut || poll.ephemeral) return true;
  if (names_tag(*poll.call, proto::to_string(cursor(poll)))) return false;
  return poll.count > 0 || !names_tag(*poll.call, poll.requested);
}

hub::Transport::Peer PollTransport::peer(hub::SinkId sink) const {
  const auto at = polls_.find(sink);
  if (at == polls_.end()) return {};
  const auto& call = *at->second.call;
  const auto address = client_address(call.head(), call.settings());
  const auto& head = call.head();
  return {.address = address_text(address),
          .http = head.major_version == 2   ? "2"
                  : head.minor_version == 1 ? "1.1"
                                            : "1.0"};
}

bool PollTransport::caught_up(hub::SinkId sink) {
  auto* poll = find(sink);
  if (poll == nullptr) return true;
  poll->at_head = true;
  const bool has_something = poll->count > 0 || !poll->gap.empty();
  if (poll->waits && !(has_something && is_news(*poll))) return false;
  if (!poll->cut) poll->position = shard_.head_cursor();
  finish(sink);
  return true;
}

hub::Transport::Sent PollTransport::send(hub::SinkId sink, std::span<const hub::Piece> pieces) {
  auto* poll = find(sink);
  if (poll == nullptr) return {Status::kClosed, 0};
  std::size_t taken = 0;
  for (const auto& piece : pieces) {
    const auto& frames = (*piece.batch)->json_frames();
    for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
      const auto json = frames.json(i);
      // One event is always taken, whatever its size: a poll must get on.
      const bool full = poll->count > 0 && (poll->count >= poll->events_max ||
                                            poll->events.size() + json.size() > poll->bytes_max);
      if (poll->cut || full) {
        poll->cut = true;
        return {Status::kDone, taken};
      }
      if (poll->count > 0) poll->events.push_back(',');
      poll->events.append(json);
      ++poll->count;
      ++taken;
      const auto sequence = (**piece.batch)[i].sequence;
      if (sequence.value != 0) {
        poll->newest = sequence;
      } else {
        poll->ephemeral = true;
      }
    }
  }
  // Somebody who waited at the head has what it waited for.
  return {poll->at_head ? Status::kDone : Status::kOpen, taken};
}

hub::Transport::Status PollTransport::control(hub::SinkId sink, std::string_view type,
                                              std::string_view json,
                                              std::optional<std::uint32_t> retry_ms) {
  auto* poll = find(sink);
  if (poll == nullptr) return Status::kClosed;
  if (type == "drain") poll->drain_ms = retry_ms.value_or(0);
  if (type == "gap") {
    // A gap behind events is the next poll's to hear of, which asks from before it.
    if (poll->count > 0) {
      poll->cut = true;
    } else {
      poll->gap = json;
    }
  }
  return Status::kOpen;
}

void PollTransport::end(hub::SinkId sink, End why) {
  auto* poll = find(sink);
  if (poll == nullptr) return;
  poll->unauthorized = why == End::kUnauthorized;
  poll->position = shard_.position(hub::SubscriberId::unpacked(sink));
  finish(sink);
}

void PollTransport::abort(hub::SinkId sink) {
  auto* poll = find(sink);
  if (poll == nullptr) return;
  poll->failed = true;
  finish(sink);
}

void PollTransport::finish(hub::SinkId sink) {
  const auto at = polls_.find(sink);
  finished_.push_back(std::move(at->second));
  polls_.erase(at);
  metrics_.waiting.set(polls_.size());
  // Once for all that end together.
  if (finished_.size() > 1 || starting_) return;
  shard_.answer(base::Task([this] { answer_finished(); }));
}

void PollTransport::answer_finished() {
  for (auto& poll : std::exchange(finished_, {})) answer(poll);
}

std::uint32_t PollTransport::retry_ms(const Poll& poll, bool more) {
  if (poll.drain_ms) return *poll.drain_ms;
  // A long poll does its waiting here.
  if (more || poll.waits) return 0;
  const auto interval = poll.call->settings().poll_interval.count();
  return static_cast<std::uint32_t>(random_.jitter(static_cast<std::uint64_t>(interval), 20));
}

void PollTransport::answer_not_modified(Poll& poll, const std::string& tag) {
  metrics_.not_modified.add();
  net::Response response;
  response.status = 304;
  set_common(response, quoted_tag(tag), retry_ms(poll, false));
  poll.call->respond(std::move(response));
}

void PollTransport::answer(Poll& poll) {
  metrics_.polls.add();
  if (poll.failed) {
    return poll.call->fail(
        base::make_error(base::ErrorCode::kInternal, "the log could not be read"));
  }
  if (poll.unauthorized) {
    return poll.call->fail(
        base::make_error(base::ErrorCode::kInvalidToken, "it ended while the poll waited"));
  }
  const auto tag = proto::to_string(cursor(poll));
  const bool more = poll.cut || !poll.at_head;
  const bool closed = !more && shard_.ended(*poll.selectors, {hub::Start::Kind::kCursor, 0, tag});
  if (poll.waits && poll.count == 0 && poll.gap.empty() && !closed && !poll.drain_ms) {
    metrics_.timeouts.add();
  }
  if (!more && !closed && !is_news(poll)) return answer_not_modified(poll, tag);

  metrics_.events.add(poll.count);
  const auto retry = retry_ms(poll, more);
  net::Response response;
  response.set("Content-Type", "application/json");
  set_common(response, quoted_tag(tag), retry);
  auto& body = response.body;
  body = R"({"events":[)";
  body.append(poll.events);
  body += fmt::format(R"(],"cursor":"{}","more":{},"retry_ms":{})", tag, more, retry);
  if (!poll.gap.empty()) body.append(R"(,"gap":)").append(poll.gap);
  if (closed) body.append(R"(,"closed":true)");
  body.append("}\n");
  poll.call->respond(std::move(response));
}

}  // namespace weir::api
