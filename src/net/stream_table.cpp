#include "net/stream_table.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.hpp"
#include "net/socket.hpp"

namespace weir::net {
namespace {

// What is not yet on its way stays out of the kernel: with it a stalled reader holds kilobytes
// instead of megabytes, and the socket still never runs dry between two turns of the loop.
constexpr int kUnsentLowWater = 16 * 1024;

}  // namespace

struct StreamTable::Tail {
  std::shared_ptr<const void> keeper;
  std::string_view rest;
};

struct StreamTable::Slot {
  int descriptor = -1;
  std::uint32_t generation = 0;
  StreamOwner owner = 0;
  std::unique_ptr<Tail> tail;
  bool blocked = false;
  bool broken = false;  // A write failed; the event that tells the owner is on its way.
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

StreamId StreamTable::adopt(int descriptor, StreamOwner owner) {
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
  slot.descriptor = descriptor;
  slot.owner = owner;
  ++size_;
  total_->fetch_add(1, std::memory_order_relaxed);

  set_option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentLowWater);
  if (!edges_.add(descriptor, stream)) {
    // Nothing would ever tell that it has gone.
    slot.broken = true;
    unwatched_.push_back(stream);
  }
  return stream;
}

StreamTable::Slot* StreamTable::find(StreamId stream) {
  if (stream.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[stream.slot];
  return slot.descriptor >= 0 && slot.generation == stream.generation ? &slot : nullptr;
}

const StreamTable::Slot* StreamTable::find(StreamId stream) const {
  return const_cast<StreamTable*>(this)->find(stream);
}

bool StreamTable::contains(StreamId stream) const { return find(stream) != nullptr; }

bool StreamTable::blocked(StreamId stream) const {
  const Slot* slot = find(stream);
  return slot != nullptr && slot->blocked;
}

StreamTable::Written StreamTable::write(StreamId stream, std::span<const iovec> pieces) {
  Slot* slot = find(stream);
  if (slot == nullptr || slot->broken) return {WriteStatus::kClosed, 0};
  if (slot->blocked) return {WriteStatus::kBlocked, 0};

  std::size_t wanted = 0;
  for (const iovec& piece : pieces) wanted += piece.iov_len;
  const ssize_t sent = send_pieces(slot->descriptor, pieces);
  if (sent < 0) {
    if (would_block(errno)) {
      slot->blocked = true;
      return {WriteStatus::kBlocked, 0};
    }
    fail(*slot);
    return {WriteStatus::kClosed, 0};
  }
  const auto bytes = static_cast<std::size_t>(sent);
  if (bytes == wanted) return {WriteStatus::kDone, bytes};
  // A short write has met the socket's limit, so the kernel owes us an edge as after EAGAIN.
  slot->blocked = true;
  return {WriteStatus::kBlocked, bytes};
}

void StreamTable::keep_tail(StreamId stream, std::shared_ptr<const void> keeper,
                            std::string_view rest) {
  Slot* slot = find(stream);
  if (slot == nullptr || slot->broken || rest.empty()) return;
  WEIR_CHECK(slot->blocked, "a tail belongs to a write that was cut");
  if (slot->tail != nullptr) {
    // A frame about the stream itself, which waits its turn: a handful, of a few hundred bytes.
    auto both = std::make_shared<std::string>(slot->tail->rest);
    both->append(rest);
    *slot->tail = Tail{both, *both};
    return;
  }
  slot->tail = std::make_unique<Tail>(Tail{std::move(keeper), rest});
}

void StreamTable::close(StreamId stream) {
  Slot* slot = find(stream);
  if (slot == nullptr) return;
  // Closing with unread bytes would make the kernel answer with a reset and throw away what it has
  // still to deliver.
  drop_incoming(slot->descriptor);
  release(stream.slot);
}

void StreamTable::reset(StreamId stream) {
  Slot* slot = find(stream);
  if (slot == nullptr) return;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(slot->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  release(stream.slot);
}

void StreamTable::poll() {
  edges_.poll([this](StreamId stream, std::uint32_t events) { handle(stream, events); });
  for (const StreamId stream : std::exchange(unwatched_, {})) handle(stream, 0);
}

void StreamTable::handle(StreamId stream, std::uint32_t events) {
  Slot* slot = find(stream);
  if (slot == nullptr) return;  // Closed by an event before this one.

  bool gone = slot->broken || (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;
  // The other side has nothing to say on an event stream; what it says is dropped in the kernel.
  if (!gone && (events & EPOLLIN) != 0) gone = !drop_incoming(slot->descriptor);
  if (!gone && slot->blocked && (events & EPOLLOUT) != 0) {
    if (!send_tail(*slot)) {
      gone = slot->broken;
    } else {
      slot->blocked = false;
      observer_.on_writable(stream, slot->owner);
      return;
    }
  }
  if (gone) {
    const StreamOwner owner = slot->owner;
    release(stream.slot);
    observer_.on_closed(stream, owner);
  }
}

bool StreamTable::send_tail(Slot& slot) {
  if (slot.tail == nullptr) return true;
  std::string_view& rest = slot.tail->rest;
  const iovec piece{const_cast<char*>(rest.data()), rest.size()};
  const ssize_t sent = send_pieces(slot.descriptor, {&piece, 1});
  if (sent < 0) {
    if (!would_block(errno)) slot.broken = true;
    return false;
  }
  rest.remove_prefix(static_cast<std::size_t>(sent));
  if (!rest.empty()) return false;
  slot.tail.reset();
  return true;
}

void StreamTable::fail(Slot& slot) {
  slot.broken = true;
  // Raises an event on the socket, whatever state it is in, so that poll() tells the owner.
  ::shutdown(slot.descriptor, SHUT_RDWR);
}

void StreamTable::release(std::uint32_t index) {
  Slot& slot = slots_[index];
  ::close(slot.descriptor);
  const std::uint32_t next_generation = slot.generation + 1;
  slot = Slot{};
  slot.generation = next_generation;
  free_.push_back(index);
  --size_;
  total_->fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace weir::net
