#include "server/handover.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/logging.hpp"

namespace weir::server {

using base::Descriptor;
using node::InheritedSockets;
using node::Listeners;

namespace {

constexpr std::string_view kHello = "weir-handover 1";
constexpr std::string_view kListener = "listener ";
constexpr std::string_view kSecrets = "secrets ";
constexpr std::string_view kEnd = "end";
constexpr std::string_view kTake = "take";
constexpr std::size_t kMessageBytesMax = 4096;
constexpr std::size_t kDescriptorsMax = 250;  // The kernel takes 253 a message (unix(7)).
constexpr timeval kAnswerTime{.tv_sec = 2, .tv_usec = 0};

std::string path_in(const std::string& data_dir) { return data_dir + "/handover.sock"; }

bool fill(sockaddr_un& address, const std::string& path) {
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, path.size());
  return true;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// Messages keep their bounds.
Descriptor new_socket() { return Descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)); }

void set_patience(const Descriptor& socket) {
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTime, sizeof kAnswerTime);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kAnswerTime, sizeof kAnswerTime);
}

bool is_same_user(const Descriptor& peer) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(peer.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
         (who.uid == ::geteuid() || who.uid == 0);
}

union Control {
  char bytes[CMSG_SPACE(kDescriptorsMax * sizeof(int))];
  cmsghdr header;
};

bool send_message(const Descriptor& to, std::string_view text,
                  std::span<const Descriptor> descriptors = {}) {
  iovec piece{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  Control control{};
  if (!descriptors.empty()) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
      const int value = descriptors[i].get();
      std::memcpy(CMSG_DATA(header) + i * sizeof value, &value, sizeof value);
    }
  }
  return ::sendmsg(to.get(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

/// One message; empty at the end, on an error and out of time.
std::string receive_message(const Descriptor& from, std::vector<Descriptor>* descriptors) {
  std::string text(kMessageBytesMax, '\0');
  iovec piece{text.data(), text.size()};
  msghdr message{};
  Control control{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  const ssize_t got = ::recvmsg(from.get(), &message, MSG_CMSG_CLOEXEC);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); got > 0 && header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int value = -1;
      std::memcpy(&value, CMSG_DATA(header) + i * sizeof value, sizeof value);
      Descriptor descriptor(value);
      if (descriptors != nullptr) descriptors->push_back(std::move(descriptor));
    }
  }
  return text;
}

bool send_listeners(const Descriptor& peer, const Listeners& listeners) {
  for (const auto& listener : listeners.all()) {
    const std::string text = std::string(kListener) + listener.address.text();
    std::span<const Descriptor> left(listener.descriptors);
    while (!left.empty()) {
      const auto some = left.first(std::min(left.size(), kDescriptorsMax));
      if (!send_message(peer, text, some)) return false;
      left = left.subspan(some.size());
    }
  }
  return true;
}

/// Waits until the other side has closed.
bool wait_for_end(const Descriptor& peer, std::chrono::milliseconds patience) {
  pollfd ready{peer.get(), POLLIN, 0};
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    const int count = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (count > 0) return true;  // It has nothing more to say: this is its end.
    if (count == 0 || errno != EINTR) return false;
  }
}

}  // namespace

base::Result<HandoverOffer> HandoverOffer::open(const std::string& data_dir) {
  HandoverOffer offer;
  offer.path_ = path_in(data_dir);
  const auto failed = [&](std::string_view why) {
    return base::make_error(base::ErrorCode::kDataDirectoryUnusable,
                            fmt::format("{}: {}", offer.path_, why));
  };
  sockaddr_un address{};
  if (!fill(address, offer.path_)) return failed("the path is too long for a socket");
  ::unlink(offer.path_.c_str());
  offer.socket_ = new_socket();
  // Before the file exists, so that it is never open to others.
  if (!offer.socket_ || ::fchmod(offer.socket_.get(), 0600) != 0 ||
      ::bind(offer.socket_.get(), generic(address), sizeof address) != 0 ||
      ::chmod(offer.path_.c_str(), 0600) != 0 || ::listen(offer.socket_.get(), 4) != 0) {
    return failed(std::strerror(errno));
  }
  return offer;
}

Descriptor HandoverOffer::answer(const Listeners& listeners, const std::string& tickets) {
  Descriptor peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!peer || !is_same_user(peer)) return {};
  set_patience(peer);
  if (receive_message(peer, nullptr) != kHello) return {};
  const bool sent = send_listeners(peer, listeners) &&
                    send_message(peer, std::string(kSecrets) + tickets) && send_message(peer, kEnd);
  // Until here the new server may fail without harm to this one.
  if (!sent || receive_message(peer, nullptr) != kTake) return {};
  return peer;
}

void HandoverOffer::withdraw() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

base::Result<std::optional<Takeover>> take_over(const std::string& data_dir,
                                                std::chrono::milliseconds patience) {
  using Nobody = std::optional<Takeover>;
  sockaddr_un address{};
  const Descriptor peer = new_socket();
  if (!fill(address, path_in(data_dir)) || !peer ||
      ::connect(peer.get(), generic(address), sizeof address) != 0) {
    return Nobody();
  }
  set_patience(peer);
  Takeover taken;
  if (!send_message(peer, kHello)) return Nobody();
  for (;;) {
    std::vector<Descriptor> descriptors;
    const std::string message = receive_message(peer, &descriptors);
    if (message == kEnd) break;
    if (message.starts_with(kSecrets)) {
      taken.tickets = message.substr(kSecrets.size());
    } else if (message.starts_with(kListener) && !descriptors.empty()) {
      const std::string text = message.substr(kListener.size());
      if (taken.sockets.empty() || taken.sockets.back().text != text) {
        taken.sockets.push_back({text, {}});
      }
      auto& all = taken.sockets.back().descriptors;
      std::move(descriptors.begin(), descriptors.end(), std::back_inserter(all));
    } else {
      // It is stopping by itself, or is another user's: the directory's lock decides.
      return Nobody();
    }
  }
  if (!send_message(peer, kTake)) return Nobody();
  if (!wait_for_end(peer, patience)) {
    return base::make_error(
        base::ErrorCode::kDataDirectoryLocked,
        fmt::format("{}: the server that runs there did not let go in time", data_dir));
  }
  return std::optional(std::move(taken));
}

}  // namespace weir::server
