#include "net/stream_table.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.hpp"

namespace weir::net {
namespace {

// What is not yet on its way stays out of the kernel: with it a stalled reader holds kilobytes
// instead of megabytes, and the socket still never runs dry between two turns of the loop.
constexpr int kUnsentLowWater = 16 * 1024;
constexpr std::size_t kReadBufferBytes = 64 * 1024;
// How long a closed stream's last bytes may wait for its reader.
constexpr int kEndingTimeoutMillis = 5'000;

}  // namespace

/// What most streams never need.
struct StreamTable::Extra {
  // What remains of a frame that was cut.
  std::shared_ptr<const void> keeper;
  std::string_view rest;

  std::unique_ptr<Channel> channel;
  StreamCarrier* carrier = nullptr;  // Instead of a socket.
  StreamCarrier::Key key = 0;
  bool joined = false;  // The keeper is a string of ours, made of several tails.
  std::string early;    // Input from before the adoption.

  bool is_needed() const { return channel != nullptr || carrier != nullptr || !early.empty(); }
};

struct StreamTable::Slot {
  int descriptor = -1;
  std::uint32_t generation = 0;
  StreamOwner owner = 0;
  std::unique_ptr<Extra> extra;
  Incoming incoming = Incoming::kDropped;
  bool taken = false;
  bool blocked = false;
  bool broken = false;   // A write failed; the event that tells the owner is on its way.
  bool paused = false;   // Input is not wanted now.
  bool hung_up = false;  // The client has sent all that it will.
  bool ending = false;   // Closed, but for what its channel retains.

  Channel* channel() const { return extra != nullptr ? extra->channel.get() : nullptr; }
  StreamCarrier* carrier() const { return extra != nullptr ? extra->carrier : nullptr; }
};

StreamTable::StreamTable(StreamObserver& observer, std::atomic<std::uint64_t>* total)
    : observer_(observer), total_(total != nullptr ? total : &own_total_) {
  static_assert(sizeof(Slot) <= 32, "the send loop walks over these: half a cache line each");
}

StreamTable::~StreamTable() {
  for (const Slot& slot : slots_) {
    if (slot.descriptor >= 0) {
      ::close(slot.descriptor);
      total_->fetch_sub(1, std::memory_order_relaxed);
    }
  }
}

StreamId StreamTable::take_place(StreamOwner owner) {
  StreamId stream;
  if (free_.empty()) {
    stream.slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    stream.slot = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[stream.slot];
  stream.generation = slot.generation;
  slot.owner = owner;
  slot.taken = true;
  ++size_;
  return stream;
}

StreamId StreamTable::adopt(Socket socket, StreamOwner owner, Incoming incoming) {
  const StreamId stream = take_place(owner);
  Slot& slot = slots_[stream.slot];
  auto [descriptor, channel] = socket.release();
  slot.descriptor = descriptor;
  slot.incoming = incoming;
  if (channel != nullptr) extra(slot).channel = std::move(channel);
  ++sockets_;
  total_->fetch_add(1, std::memory_order_relaxed);

  set_option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentLowWater);
  if (!edges_.add(descriptor, stream)) {
    // Nothing would ever tell that it has gone.
    slot.broken = true;
    unwatched_.push_back(stream);
  }
  return stream;
}

StreamId StreamTable::adopt(StreamCarrier& carrier, StreamCarrier::Key key, StreamOwner owner) {
  const StreamId stream = take_place(owner);
  Extra& more = extra(slots_[stream.slot]);
  more.carrier = &carrier;
  more.key = key;
  return stream;
}

StreamTable::Slot* StreamTable::find(StreamId stream) {
  if (stream.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[stream.slot];
  return slot.taken && slot.generation == stream.generation ? &slot : nullptr;
}

const StreamTable::Slot* StreamTable::find(StreamId stream) const {
  return const_cast<StreamTable*>(this)->find(stream);
}

StreamTable::Extra& StreamTable::extra(Slot& slot) {
  if (slot.extra == nullptr) slot.extra = std::make_unique<Extra>();
  return *slot.extra;
}

bool StreamTable::contains(StreamId stream) const { return find(stream) != nullptr; }

bool StreamTable::blocked(StreamId stream) const {
  const Slot* slot = find(stream);
  return slot != nullptr && slot->blocked;
}

ssize_t StreamTable::send(const Slot& slot, std::span<const iovec> pieces) {
  if (StreamCarrier* carrier = slot.carrier()) return carrier->send(slot.extra->key, pieces);
  return Socket::send_to(slot.descriptor, slot.channel(), pieces);
}

StreamTable::Written StreamTable::write(StreamId stream, std::span<const iovec> pieces) {
  Slot* slot = find(stream);
  if (slot == nullptr || slot->broken) return {WriteStatus::kClosed, 0};
  if (slot->blocked) return {WriteStatus::kBlocked, 0};

  std::size_t wanted = 0;
  for (const iovec& piece : pieces) wanted += piece.iov_len;
  const ssize_t sent = send(*slot, pieces);
  if (sent < 0) {
    if (would_block(errno)) {
      slot->blocked = true;
      return {WriteStatus::kBlocked, 0};
    }
    fail(*slot);
    return {WriteStatus::kClosed, 0};
  }
  const auto bytes = static_cast<std::size_t>(sent);
  const bool retained = slot->channel() != nullptr && slot->channel()->retains();
  if (bytes == wanted && !retained) return {WriteStatus::kDone, bytes};
  // A short write has met the socket's limit, so the kernel owes us an edge as after EAGAIN.
  slot->blocked = true;
  return {WriteStatus::kBlocked, bytes};
}

void StreamTable::keep_tail(StreamId stream, std::shared_ptr<const void> keeper,
                            std::string_view rest) {
  Slot* slot = find(stream);
  if (slot == nullptr || slot->broken || rest.empty()) return;
  WEIR_CHECK(slot->blocked, "a tail belongs to a write that was cut");
  Extra& more = extra(*slot);
  if (!more.rest.empty()) {
    // A frame about the stream itself, which waits its turn; or one of thousands, the answers to
    // what a client asks without reading them: the text that they make grows in its place.
    if (!std::exchange(more.joined, true)) {
      more.keeper = std::make_shared<std::string>(more.rest);
    }
    auto& text = *static_cast<std::string*>(const_cast<void*>(more.keeper.get()));
    const std::size_t sent = text.size() - more.rest.size();
    text.append(rest);
    more.rest = std::string_view(text).substr(sent);
    return;
  }
  more.keeper = std::move(keeper);
  more.rest = rest;
}

void StreamTable::keep_input(StreamId stream, std::string bytes) {
  Slot* slot = find(stream);
  if (slot == nullptr || slot->incoming == Incoming::kDropped || bytes.empty()) return;
  extra(*slot).early = std::move(bytes);
  edges_.rearm(slot->descriptor, stream);
}

void StreamTable::pause_input(StreamId stream) {
  Slot* slot = find(stream);
  if (slot == nullptr || std::exchange(slot->paused, true)) return;
  if (StreamCarrier* carrier = slot->carrier()) carrier->want_input(slot->extra->key, false);
}

void StreamTable::resume_input(StreamId stream) {
  Slot* slot = find(stream);
  if (slot == nullptr || !std::exchange(slot->paused, false)) return;
  if (StreamCarrier* carrier = slot->carrier()) {
    carrier->want_input(slot->extra->key, true);
  } else {
    edges_.rearm(slot->descriptor, stream);
  }
}

void StreamTable::close(StreamId stream) {
  Slot* slot = find(stream);
  if (slot == nullptr) return;
  if (StreamCarrier* carrier = slot->carrier()) {
    carrier->close(slot->extra->key);
  } else {
    if (Channel* channel = slot->channel()) {
      if (channel->flush() != 0 && would_block(errno)) return end_later(stream);
      channel->finish_sending();
    }
    // Closing with unread bytes would make the kernel answer with a reset and throw away what it
    // has still to deliver.
    drop_incoming(slot->descriptor);
  }
  release(stream.slot);
}

/// What a channel retains is not with the kernel yet, which would deliver it after the close: the
/// socket stays until it is. Its owner does not know it any more.
void StreamTable::end_later(StreamId stream) {
  Slot& slot = slots_[stream.slot];
  slot.ending = true;
  ++slot.generation;
  ++ending_;
  // A reader who does not read is given up by the kernel.
  set_option(slot.descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, kEndingTimeoutMillis);
  edges_.rearm(slot.descriptor, {stream.slot, slot.generation});
}

/// An event of a stream that is ending.
void StreamTable::go_on_ending(StreamId stream, std::uint32_t events) {
  const Slot& slot = slots_[stream.slot];
  Channel& channel = *slot.channel();
  const bool gone = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (!gone && channel.flush() != 0 && would_block(errno)) return;
  if (!gone) {
    channel.finish_sending();
    drop_incoming(slot.descriptor);
  }
  --ending_;
  release(stream.slot);
}

void StreamTable::reset(StreamId stream) {
  Slot* slot = find(stream);
  if (slot == nullptr) return;
  if (StreamCarrier* carrier = slot->carrier()) {
    carrier->reset(slot->extra->key);
  } else {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(slot->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  release(stream.slot);
}

void StreamTable::poll() {
  edges_.poll([this](StreamId stream, std::uint32_t events) { handle(stream, events); });
  for (const StreamId stream : std::exchange(unwatched_, {})) handle(stream, 0);
}

void StreamTable::handle(StreamId stream, std::uint32_t events) {
  Slot* slot = find(stream);
  if (slot == nullptr) return;  // Closed by an event before this one.
  if (slot->ending) return go_on_ending(stream, events);

  if ((events & EPOLLRDHUP) != 0) slot->hung_up = true;
  bool gone = slot->broken || (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (!gone && slot->incoming == Incoming::kDropped) {
    // The other side has nothing to say on an event stream, not even that it will say no more.
    gone = slot->hung_up;
    if (!gone && (events & EPOLLIN) != 0) {
      gone = !Socket::drop_from(slot->descriptor, slot->channel(), 1 << 20, nullptr);
    }
  } else if (!gone) {
    gone = !read_input(stream, slot->hung_up);
    slot = find(stream);
    if (slot == nullptr) return;
  }
  if (!gone && slot->blocked && (events & EPOLLOUT) != 0) {
    if (!send_tail(*slot)) {
      gone = slot->broken;
    } else {
      slot->blocked = false;
      observer_.on_writable(stream, slot->owner);
      return;
    }
  }
  if (gone) tell_closed(stream);
}

/// Delivers what has come. False when the client has ended or the connection is broken.
bool StreamTable::read_input(StreamId stream, bool to_the_end) {
  if (!deliver_early(stream)) return true;
  read_buffer_.resize(kReadBufferBytes);
  for (std::size_t reads = 0;; ++reads) {
    Slot* slot = find(stream);
    // What a channel has taken from the socket is not told of again: it goes on in spite of a
    // pause, which is at most a record.
    const std::size_t buffered =
        slot != nullptr && slot->channel() != nullptr ? slot->channel()->input_bytes() : 0;
    if (slot == nullptr || (slot->paused && buffered == 0)) return true;
    if (reads > 0 && buffered == 0 && !to_the_end) {
      // There may be more; the others come first.
      edges_.rearm(slot->descriptor, stream);
      return true;
    }
    const std::size_t wanted =
        slot->paused ? std::min(buffered, read_buffer_.size()) : read_buffer_.size();
    const ssize_t got = Socket::receive_from(slot->descriptor, slot->channel(),
                                             std::span<char>(read_buffer_.data(), wanted));
    if (got == 0) return false;
    if (got < 0) return would_block(errno);
    const auto bytes = static_cast<std::size_t>(got);
    observer_.on_data(stream, slot->owner, {read_buffer_.data(), bytes});
    if (bytes < wanted && !to_the_end && !has_input(stream)) return true;
  }
}

bool StreamTable::has_input(StreamId stream) const {
  const Slot* slot = find(stream);
  return slot != nullptr && slot->channel() != nullptr && slot->channel()->input_bytes() > 0;
}

/// False while input from before the adoption still waits.
bool StreamTable::deliver_early(StreamId stream) {
  const Slot* slot = find(stream);
  if (slot->extra == nullptr || slot->extra->early.empty()) return true;
  if (slot->paused) return false;
  const std::string bytes = std::exchange(slot->extra->early, {});
  observer_.on_data(stream, slot->owner, bytes);
  return true;
}

/// True when nothing is left of what was taken.
bool StreamTable::send_tail(Slot& slot) {
  if (Channel* channel = slot.channel(); channel != nullptr && channel->flush() != 0) {
    if (!would_block(errno)) slot.broken = true;
    return false;
  }
  if (slot.extra == nullptr || slot.extra->rest.empty()) return true;
  std::string_view& rest = slot.extra->rest;
  const iovec piece{const_cast<char*>(rest.data()), rest.size()};
  const ssize_t sent = send(slot, {&piece, 1});
  if (sent < 0) {
    if (!would_block(errno)) slot.broken = true;
    return false;
  }
  rest.remove_prefix(static_cast<std::size_t>(sent));
  if (!rest.empty()) return false;
  slot.extra->keeper.reset();
  slot.extra->joined = false;
  if (!slot.extra->is_needed()) slot.extra.reset();
  return slot.channel() == nullptr || !slot.channel()->retains();
}

void StreamTable::fail(Slot& slot) {
  slot.broken = true;
  // Raises an event on the socket, whatever state it is in, so that poll() tells the owner. A
  // carrier tells by itself.
  if (slot.descriptor >= 0) ::shutdown(slot.descriptor, SHUT_RDWR);
}

void StreamTable::tell_closed(StreamId stream) {
  const StreamOwner owner = slots_[stream.slot].owner;
  release(stream.slot);
  observer_.on_closed(stream, owner);
}

void StreamTable::carrier_writable(StreamId stream) {
  Slot* slot = find(stream);
  if (slot == nullptr || !slot->blocked || slot->broken || !send_tail(*slot)) return;
  slot->blocked = false;
  observer_.on_writable(stream, slot->owner);
}

void StreamTable::carrier_data(StreamId stream, std::string_view bytes) {
  const Slot* slot = find(stream);
  if (slot != nullptr) observer_.on_data(stream, slot->owner, bytes);
}

void StreamTable::carrier_closed(StreamId stream) {
  if (find(stream) != nullptr) tell_closed(stream);
}

void StreamTable::release(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (slot.descriptor >= 0) {
    slot.extra.reset();  // The channel before its socket.
    ::close(slot.descriptor);
    --sockets_;
    total_->fetch_sub(1, std::memory_order_relaxed);
  }
  const std::uint32_t next_generation = slot.generation + 1;
  slot = Slot{};
  slot.generation = next_generation;
  free_.push_back(index);
  --size_;
}

}  // namespace weir::net
