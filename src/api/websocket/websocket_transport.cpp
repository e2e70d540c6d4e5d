#include "api/websocket/websocket_transport.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

#include "api/access/client_address.hpp"
#include "api/stream_writing.hpp"
#include "base/ip_address.hpp"
#include "proto/event_json.hpp"

namespace weir::api {
namespace {

// How long a client has to answer a close frame.
constexpr std::uint64_t kLingerTicks = std::chrono::seconds(5) / hub::Shard::kTick;
// `{"sub":4294967294,`
constexpr std::size_t kMarkBytesMax = 20;

const proto::JsonFrames& frames_of(const log::Batch& batch, bool compressed) {
  return compressed ? batch.deflated_frames() : batch.json_frames();
}

/// Whether the subscription is the one that the connection itself is kept by.
bool keeps(WebSocketSession& session, const WebSocketSession::Subscription& subscription) {
  return subscription.number == WebSocketSession::kKeeper ||
         session.find(WebSocketSession::kKeeper) == nullptr;
}

/// The pieces' first events.
void take_first(std::span<const hub::Piece> pieces, std::size_t events,
                std::vector<hub::Piece>& out) {
  out.clear();
  for (auto piece : pieces) {
    if (events == 0) return;
    piece.range.count =
        static_cast<std::uint32_t>(std::min<std::size_t>(piece.range.count, events));
    events -= piece.range.count;
    out.push_back(piece);
  }
}

}  // namespace

SessionId WebSocketTransport::reserve(bool compressed) {
  SessionId id;
  if (free_.empty()) {
    id.slot = static_cast<std::uint32_t>(sessions_.size());
    sessions_.emplace_back();
  } else {
    id.slot = free_.back();
    free_.pop_back();
  }
  auto& session = sessions_[id.slot];
  id.generation = session.generation;
  session.open = true;
  session.compressed = compressed;
  metrics_.opened.add();
  metrics_.open.add();
  return id;
}

void WebSocketTransport::attach(SessionId id, net::StreamId stream) {
  sessions_[id.slot].stream = stream;
}

WebSocketSession* WebSocketTransport::find(SessionId id) {
  if (id.slot >= sessions_.size()) return nullptr;
  auto& session = sessions_[id.slot];
  return session.open && session.generation == id.generation ? &session : nullptr;
}

WebSocketTransport::Target WebSocketTransport::target(hub::SinkId sink) {
  // A sink is a subscriber's, and no subscriber outlives its session.
  const auto slot = static_cast<std::uint32_t>(sink);
  auto& session = sessions_[slot];
  auto* subscription = session.find(static_cast<std::uint32_t>(sink >> 32));
  if (!session.open || session.closing || subscription == nullptr) return {};
  return {{slot, session.generation}, &session, subscription};
}

void WebSocketTransport::write(SessionId id, std::string frame) {
  auto* session = find(id);
  if (session == nullptr || session->closing) return;
  if (!write_whole(streams_, session->stream, std::move(frame))) {
    session->reading_paused = true;
    streams_.pause_input(session->stream);
  }
}

void WebSocketTransport::tell(SessionId id, std::string_view json) {
  std::string frame;
  proto::append_frame(frame, proto::Opcode::kText, json);
  write(id, std::move(frame));
}

void WebSocketTransport::give_back(WebSocketSession& session,
                                   std::optional<hub::SubscriberId> but) {
  for (const auto& each : std::exchange(session.subscriptions, {})) {
    if (each.place != but) shard_.remove(each.place);
  }
}

void WebSocketTransport::close(SessionId id, const proto::Closing& closing) {
  auto* session = find(id);
  if (session == nullptr || session->closing) return;
  give_back(*session);
  start_closing(id, closing);
}

void WebSocketTransport::start_closing(SessionId id, const proto::Closing& closing) {
  auto* session = find(id);
  std::string frame;
  proto::append_frame(frame, proto::Opcode::kClose, proto::close_payload(closing));
  write_whole(streams_, session->stream, std::move(frame));
  session->closing = true;
  // The client's answer must be read, whatever it has not taken yet.
  streams_.resume_input(session->stream);
  lingering_.push_back({id, ticks_ + kLingerTicks});
}

void WebSocketTransport::close_back(SessionId id, std::uint16_t code) {
  auto* session = find(id);
  if (session == nullptr) return;
  if (!session->closing) {
    std::string frame;
    proto::append_frame(frame, proto::Opcode::kClose,
                        proto::close_payload({static_cast<proto::CloseCode>(code), {}}));
    write_whole(streams_, session->stream, std::move(frame));
  }
  streams_.close(session->stream);
  forget(id);
}

void WebSocketTransport::fail(SessionId id, const proto::Closing& closing) {
  auto* session = find(id);
  if (session == nullptr) return;
  if (!session->closing) {
    give_back(*session);
    std::string frame;
    proto::append_frame(frame, proto::Opcode::kClose, proto::close_payload(closing));
    write_whole(streams_, session->stream, std::move(frame));
  }
  streams_.close(session->stream);
  forget(id);
}

void WebSocketTransport::go_on_reading(SessionId id) {
  auto* session = find(id);
  if (session == nullptr) return;
  session->reading_paused = false;
  streams_.resume_input(session->stream);
}

void WebSocketTransport::await_message(SessionId id, bool continued, std::uint32_t patience) {
  auto* session = find(id);
  if (session == nullptr || session->closing) return;
  if (!continued) session->message_end = ticks_ + patience;
  session->message_patience = patience;
  if (!std::exchange(session->message_timed, true)) messages_.arm(id, session->message_end);
}

void WebSocketTransport::check_message(SessionId id) {
  auto* session = find(id);
  if (session == nullptr) return;
  session->message_timed = false;
  if (session->parser == nullptr || session->closing) return;
  // What is not read cannot end.
  if (session->reading_paused) session->message_end = ticks_ + session->message_patience;
  if (session->message_end > ticks_) {
    session->message_timed = true;
    return messages_.arm(id, session->message_end);
  }
  metrics_.slow.add();
  fail(id, {proto::CloseCode::kSlowMessage, "the message took too long"});
}

void WebSocketTransport::forget(SessionId id) {
  auto* session = find(id);
  if (session == nullptr) return;
  give_back(*session);
  const auto next_generation = (session->generation + 1) & hub::SubscriberId::kGenerationMax;
  *session = WebSocketSession{};
  session->generation = next_generation;
  free_.push_back(id.slot);
  metrics_.open.subtract();
}

void WebSocketTransport::tick() {
  ++ticks_;
  messages_.advance(ticks_, [this](SessionId id) { check_message(id); });
  while (!lingering_.empty() && lingering_.front().until <= ticks_) {
    const auto id = lingering_.front().id;
    lingering_.pop_front();
    if (auto* session = find(id)) {
      streams_.close(session->stream);
      forget(id);
    }
  }
}

hub::Transport::Peer WebSocketTransport::peer(hub::SinkId sink) const {
  const auto& session = sessions_[static_cast<std::uint32_t>(sink)];
  const auto number = static_cast<std::uint32_t>(sink >> 32);
  const auto address = base::address_of_peer(session.caller.peer);
  Peer peer{.address = address_text(address),
            .http = streams_.carried(session.stream) ? "2" : "1.1"};
  if (number == WebSocketSession::kKeeper) {
    peer.stands_in = session.subscriptions.size() > 1;
  } else {
    peer.subscription = number;
  }
  return peer;
}

hub::Transport::Sent WebSocketTransport::send(hub::SinkId sink,
                                              std::span<const hub::Piece> pieces) {
  const auto [id, session, subscription] = target(sink);
  if (session == nullptr) return {Status::kClosed, 0};
  const auto write_some = [&, &to = *session,
                           number = subscription->number](std::span<const hub::Piece> some) {
    return number == WebSocketSession::kAddress ? write_events(to, some)
                                                : write_marked_events(to, number, some);
  };
  if (!subscription->credit) return write_some(pieces);
  auto& credit = *subscription->credit;
  if (credit == 0) return {Status::kBlocked, 0};
  take_first(pieces, credit, allowed_);
  auto sent = write_some(allowed_);
  credit -= static_cast<std::uint32_t>(sent.events);
  if (credit == 0 && sent.status == Status::kOpen) sent.status = Status::kBlocked;
  return sent;
}

/// One entry per run of neighbouring events.
hub::Transport::Sent WebSocketTransport::write_events(const WebSocketSession& session,
                                                      std::span<const hub::Piece> pieces) {
  iovecs_.clear();
  for (const auto& piece : pieces) {
    iovecs_.push_back(to_iovec(
        frames_of(**piece.batch, session.compressed).framed(piece.range.first, piece.range.count)));
  }
  const auto written = streams_.write(session.stream, iovecs_);
  switch (to_status(written.status)) {
    case Status::kOpen:
      return {Status::kOpen, count_events(pieces)};
    case Status::kBlocked:
      return {Status::kBlocked,
              taken_after_cut(streams_, session.stream, pieces, written.bytes,
                              [&](const log::Batch& batch, std::size_t index) {
                                return frames_of(batch, session.compressed).framed(index, 1);
                              })};
    default:
      return {Status::kClosed, 0};
  }
}

/// Events that say whose they are: `{"sub":n,` of their own, and the rest of the object as all have
/// it. These are not compressed.
hub::Transport::Sent WebSocketTransport::write_marked_events(const WebSocketSession& session,
                                                             std::uint32_t number,
                                                             std::span<const hub::Piece> pieces) {
  std::array<char, kMarkBytesMax> mark;
  const std::string_view marked(
      mark.data(), static_cast<std::size_t>(fmt::format_to(mark.data(), R"({{"sub":{},)", number) -
                                            mark.data()));
  heads_.clear();
  // The heads are pointed into, so they must not move.
  heads_.reserve(count_events(pieces) * (proto::kFrameHeadBytesMax + kMarkBytesMax));
  iovecs_.clear();
  for (const auto& piece : pieces) {
    const auto& frames = (*piece.batch)->json_frames();
    for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
      const auto rest = frames.json(i).substr(1);
      const auto begin = heads_.size();
      proto::append_frame_head(heads_, proto::Opcode::kText, marked.size() + rest.size());
      heads_.append(marked);
      iovecs_.push_back(to_iovec(std::string_view(heads_).substr(begin)));
      iovecs_.push_back(to_iovec(rest));
    }
  }
  const auto written = streams_.write(session.stream, iovecs_);
  if (written.status == net::StreamTable::WriteStatus::kDone) {
    return {Status::kOpen, count_events(pieces)};
  }
  if (written.status == net::StreamTable::WriteStatus::kClosed) return {Status::kClosed, 0};
  std::size_t events = 0;
  for (auto bytes = written.bytes; 2 * events < iovecs_.size() && bytes > 0;) {
    const auto& head = iovecs_[2 * events];
    const auto& rest = iovecs_[2 * events + 1];
    ++events;
    const auto frame_bytes = head.iov_len + rest.iov_len;
    if (bytes < frame_bytes) {
      auto frame =
          std::make_shared<std::string>(static_cast<const char*>(head.iov_base), head.iov_len);
      frame->append(static_cast<const char*>(rest.iov_base), rest.iov_len);
      streams_.keep_tail(session.stream, frame, std::string_view(*frame).substr(bytes));
      break;
    }
    bytes -= frame_bytes;
  }
  return {Status::kBlocked, events};
}

/// A message that has a `type` is about the connection, one that has none is an event. What the
/// other transports show as a control frame's data is nested, so that no `cursor` in it can be
/// taken for an event's.
hub::Transport::Status WebSocketTransport::control(hub::SinkId sink, std::string_view type,
                                                   std::string_view json,
                                                   std::optional<std::uint32_t> retry_ms) {
  const auto [id, session, subscription] = target(sink);
  if (session == nullptr) return Status::kClosed;
  // The token is the whole connection's.
  if (type == "auth-expiring" && !keeps(*session, *subscription)) return Status::kOpen;
  const auto number = subscription->number;
  auto message = fmt::format(R"({{"type":"{}")", type);
  if (number != WebSocketSession::kAddress && number != WebSocketSession::kKeeper) {
    message += fmt::format(R"(,"sub":{})", number);
  }
  if (retry_ms) message += fmt::format(R"(,"retry_ms":{})", *retry_ms);
  message.append(R"(,"data":)").append(json).append("}");
  std::string frame;
  proto::append_frame(frame, proto::Opcode::kText, message);
  return write_whole(streams_, session->stream, std::move(frame)) ? Status::kOpen
                                                                  : Status::kBlocked;
}

hub::Transport::Status WebSocketTransport::keepalive(hub::SinkId sink) {
  const auto [id, session, subscription] = target(sink);
  if (session == nullptr) return Status::kClosed;
  if (!keeps(*session, *subscription) || streams_.blocked(session->stream)) return Status::kOpen;
  if (session->pinged) {
    metrics_.no_pong.add();
    return Status::kDone;
  }
  session->pinged = true;
  std::string ping;
  proto::append_frame(ping, proto::Opcode::kPing, {});
  return write_whole(streams_, session->stream, std::move(ping)) ? Status::kOpen : Status::kBlocked;
}

void WebSocketTransport::end(hub::SinkId sink, End why) {
  const auto [id, session, subscription] = target(sink);
  if (session == nullptr) return;
  if (why == End::kUnauthorized && streams_.blocked(session->stream)) return abort(sink);
  const auto ended = *subscription;
  proto::Closing closing;
  switch (why) {
    case End::kFinished:
      if (session->find(WebSocketSession::kKeeper) != nullptr) {
        tell(id, fmt::format(R"({{"type":"end","sub":{},"reason":"finished"}})", ended.number));
        std::erase_if(session->subscriptions,
                      [&](const auto& each) { return each.number == ended.number; });
        return;
      }
      closing = {proto::CloseCode::kNormal, "finished"};
      break;
    case End::kLifetime:
      closing = {proto::CloseCode::kLifetime, "come back with your cursor"};
      break;
    case End::kDisconnected:
      closing = {proto::CloseCode::kLifetime, "an operator ended it; come back with your cursor"};
      break;
    case End::kDrain:
      closing = {proto::CloseCode::kGoingAway, "the server stops"};
      break;
    case End::kDone:
      closing = {proto::CloseCode::kNoPong, "a ping was not answered"};
      break;
    case End::kUnauthorized:
      closing = {proto::CloseCode::kUnauthorized, "the token is over"};
      break;
  }
  give_back(*session, ended.place);
  start_closing(id, closing);
}

void WebSocketTransport::abort(hub::SinkId sink) {
  const auto [id, session, subscription] = target(sink);
  if (session == nullptr) return;
  give_back(*session, subscription->place);
  streams_.reset(session->stream);
  forget(id);
}

}  // namespace weir::api
