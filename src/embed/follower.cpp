#include "embed/follower.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "proto/cursor.hpp"
#include "proto/json_object.hpp"

namespace weir::embed {
namespace {

constexpr std::size_t kDepthMax = 4;

Gap read_gap(std::string_view json) {
  Gap gap;
  const auto read = proto::read_object(
      json, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
        auto* text = std::get_if<std::string>(&value.content);
        if (text == nullptr) return {};
        if (name == "requested") gap.requested = std::move(*text);
        if (name == "available_from") gap.available_from = std::move(*text);
        if (name == "reason") gap.reason = std::move(*text);
        return {};
      });
  WEIR_CHECK(read, "a control frame of our own is JSON");
  return gap;
}

}  // namespace

void Followers::expect(const FollowerPtr& follower) {
  expected_.with([&](auto& expected) { expected.insert(follower); });
}

void Followers::open(const FollowerPtr& follower, hub::SubscribeRequest request, hub::Start start) {
  expected_.with([&](auto& expected) { expected.erase(follower); });
  if (follower->gate.closed()) return;
  if (shard_.ended(*request.selectors, start)) {
    return tell_end(*follower, SubscriptionEnd::kFinished);
  }
  if (!shard_.has_room_for(request)) return tell_end(*follower, SubscriptionEnd::kFailed);
  request.transport = this;
  follower->place = shard_.reserve(std::move(request));
  // Taking a place works off what waits, the word of its handle included.
  if (follower->gate.closed()) return shard_.remove(follower->place);
  follower->sink = ++last_;
  followers_.emplace(follower->sink, follower);
  shard_.start(follower->place, follower->sink, follower->paused, std::move(start));
}

void Followers::close(Follower& follower) {
  if (follower.sink == 0) return;
  shard_.remove(follower.place);
  followers_.erase(std::exchange(follower.sink, 0));
}

void Followers::resume(const Follower& follower) {
  if (follower.sink != 0) shard_.on_writable(follower.place);
}

void Followers::end_paused() {
  std::vector<FollowerPtr> paused;
  for (const auto& [sink, follower] : followers_) {
    if (follower->paused) paused.push_back(follower);
  }
  for (const auto& follower : paused) {
    shard_.remove(follower->place);
    finish(follower->sink, SubscriptionEnd::kStopped);
  }
}

void Followers::end_rest() {
  auto rest = expected_.with([](auto& expected) { return std::exchange(expected, {}); });
  for (const auto& [sink, follower] : std::exchange(followers_, {})) rest.insert(follower);
  for (const auto& follower : rest) {
    follower->sink = 0;
    tell_end(*follower, SubscriptionEnd::kStopped);
  }
}

FollowerPtr Followers::find(hub::SinkId sink) const {
  const auto at = followers_.find(sink);
  return at == followers_.end() ? nullptr : at->second;
}

bool Followers::caught_up(hub::SinkId sink) {
  const auto follower = find(sink);
  if (follower == nullptr || std::exchange(follower->caught_up, true)) return false;
  if (follower->handlers.on_caught_up) {
    follower->gate.call([&]() noexcept { follower->handlers.on_caught_up(); });
  }
  return false;
}

bool Followers::deliver(Follower& follower, const log::Batch& batch, std::size_t index) {
  const auto& event = batch[index];
  const bool durable = event.sequence.value != 0;
  proto::CursorText text;
  const Delivery delivery{
      .cursor =
          durable ? proto::write_cursor({batch.epoch(), event.sequence}, text) : std::string_view(),
      .sequence = event.sequence.value,
      .topics = event.topics,
      .type = event.type,
      .data = event.data,
      .id = event.id,
      .key = event.key,
      .time = std::chrono::system_clock::time_point(std::chrono::milliseconds(event.time)),
      .is_private = event.has(proto::kPrivate),
      .ephemeral = !durable,
      .last = event.has(proto::kTerminal)};
  return follower.gate.call([&]() noexcept { follower.handlers.on_event(delivery); });
}

hub::Transport::Sent Followers::send(hub::SinkId sink, std::span<const hub::Piece> pieces) {
  const auto follower = find(sink);
  if (follower == nullptr) return {Status::kClosed, 0};
  std::size_t taken = 0;
  for (const auto& piece : pieces) {
    for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
      if (follower->paused) return {Status::kBlocked, taken};
      // What is closed is given back by its handle's word, which is on its way.
      if (!deliver(*follower, **piece.batch, i)) return {Status::kClosed, taken};
      ++taken;
    }
  }
  return {Status::kOpen, taken};
}

hub::Transport::Status Followers::control(hub::SinkId sink, std::string_view type,
                                          std::string_view json, std::optional<std::uint32_t>) {
  const auto follower = find(sink);
  if (follower == nullptr) return Status::kClosed;
  if (type == "gap" && follower->handlers.on_gap) {
    const auto gap = read_gap(json);
    follower->gate.call([&]() noexcept { follower->handlers.on_gap(gap); });
  }
  return Status::kOpen;
}

void Followers::end(hub::SinkId sink, End why) {
  finish(sink, why == End::kFinished ? SubscriptionEnd::kFinished : SubscriptionEnd::kStopped);
}

void Followers::abort(hub::SinkId sink) {
  const auto follower = find(sink);
  if (follower == nullptr) return;
  finish(sink, follower->paused ? SubscriptionEnd::kTooSlow : SubscriptionEnd::kFailed);
}

void Followers::finish(hub::SinkId sink, SubscriptionEnd why) {
  const auto follower = find(sink);
  if (follower == nullptr) return;
  followers_.erase(sink);
  follower->sink = 0;
  tell_end(*follower, why);
}

void Followers::tell_end(Follower& follower, SubscriptionEnd why) {
  if (!follower.handlers.on_end) return;
  follower.gate.call([&]() noexcept { follower.handlers.on_end(why); });
}

}  // namespace weir::embed
