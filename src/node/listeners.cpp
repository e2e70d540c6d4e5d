#include "node/listeners.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "net/listener.hpp"

namespace weir::node {
namespace {

bool is_for(const InheritedSockets& sockets, const base::ListenAddress& address) {
  // Port 0 is asked for by its text alone.
  if (sockets.text == address.text()) return true;
  const int descriptor = sockets.descriptors.front().get();
  return address.is_unix ? net::listener_address(descriptor) == address.text()
                         : net::listens_on(descriptor, address.place);
}

bool listens(const base::Descriptor& descriptor) {
  int answer = 0;
  socklen_t size = sizeof answer;
  return ::getsockopt(descriptor.get(), SOL_SOCKET, SO_ACCEPTCONN, &answer, &size) == 0 &&
         answer != 0;
}

void set_nonblocking(const base::Descriptor& descriptor) {
  const int flags = ::fcntl(descriptor.get(), F_GETFL);
  ::fcntl(descriptor.get(), F_SETFL, flags | O_NONBLOCK);
}

}  // namespace

std::string Listeners::Listener::url() const {
  if (address.is_unix) return bound + (address.tls ? "?tls" : "");
  return fmt::format("{}://{}", address.tls ? "https" : "http", bound);
}

base::Result<> Listeners::open(const std::vector<std::string>& listen, std::size_t shards,
                               std::vector<InheritedSockets> inherited, bool surplus) {
  for (const auto& sockets : inherited) {
    if (std::all_of(sockets.descriptors.begin(), sockets.descriptors.end(), listens)) continue;
    // To accept from it would fail for ever: a datagram's, or a connection (systemd: Accept=yes).
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            "listen: the service manager passes what is no listening socket");
  }
  for (const std::string& text : listen) {
    const auto address = base::parse_listen(text);
    if (!address) return address.error();
    Listener listener{.address = *address, .bound = {}, .descriptors = {}};
    // All that are this address's: a service manager may pass IPv4 and IPv6 of a port apart.
    for (auto& sockets : inherited) {
      if (sockets.descriptors.empty() || !is_for(sockets, *address)) continue;
      for (auto& descriptor : sockets.descriptors) {
        set_nonblocking(descriptor);
        listener.descriptors.push_back(std::move(descriptor));
      }
      // A server before us had its files; a service manager keeps its own.
      listener.owns_file = address->is_unix && !sockets.text.empty();
      sockets.descriptors.clear();
    }
    if (listener.descriptors.empty()) {
      if (auto opened = open_fresh(listener, shards); !opened) return opened;
    }
    listener.bound = net::listener_address(listener.descriptors.front().get());
    struct stat file{};
    if (listener.owns_file && ::stat(address->place.c_str(), &file) == 0) {
      listener.file_device = file.st_dev;
      listener.file = file.st_ino;
    }
    listeners_.push_back(std::move(listener));
  }
  for (const auto& sockets : inherited) {
    if (sockets.descriptors.empty() || surplus) continue;
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            fmt::format("listen: the service manager passes {}, which is not in it",
                                        net::listener_address(sockets.descriptors.front().get())));
  }
  return {};
}

base::Result<> Listeners::open_fresh(Listener& listener, std::size_t shards) {
  if (listener.address.is_unix) {
    const auto opened = net::open_unix_listener(listener.address.place, listener.address.mode);
    if (!opened) return opened.error();
    listener.descriptors.emplace_back(*opened);
    listener.owns_file = true;
    return {};
  }
  std::string place = listener.address.place;
  for (std::size_t shard = 0; shard < shards; ++shard) {
    const auto opened = net::open_listener(place, shard == 0);
    if (!opened) return opened.error();
    listener.descriptors.emplace_back(*opened);
    // Port 0 is any free one: the other shards share the one that the first got.
    place = net::listener_address(*opened);
  }
  return {};
}

std::vector<base::Descriptor> Listeners::for_shard(const Listener& listener, std::size_t shard,
                                                   std::size_t shards) {
  std::vector<base::Descriptor> copies;
  const auto copy = [&](std::size_t index) {
    copies.emplace_back(::fcntl(listener.descriptors[index].get(), F_DUPFD_CLOEXEC, 0));
  };
  const std::size_t count = listener.descriptors.size();
  if (count <= shards) {
    copy(shard % count);
  } else {
    for (std::size_t index = shard; index < count; index += shards) copy(index);
  }
  return copies;
}

void Listeners::close() {
  for (const Listener& listener : listeners_) {
    if (!listener.owns_file) continue;
    struct stat file{};
    const char* const path = listener.address.place.c_str();
    // Not what somebody else has put there since.
    if (::lstat(path, &file) == 0 && file.st_dev == listener.file_device &&
        file.st_ino == listener.file) {
      ::unlink(path);
    }
  }
  listeners_.clear();
}

void Listeners::leave() { listeners_.clear(); }

}  // namespace weir::node
