#include "server/service_manager.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace weir::server {

using base::Descriptor;

namespace {

constexpr int kFirstDescriptor = 3;

std::optional<int> number_of(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  int number = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::vector<Descriptor> sockets_from_service_manager() {
  const auto process = number_of("LISTEN_PID");
  const auto count = number_of("LISTEN_FDS");
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  std::vector<Descriptor> sockets;
  if (!process || *process != ::getpid() || !count) return sockets;
  for (int i = 0; i < *count; ++i) {
    const int descriptor = kFirstDescriptor + i;
    if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0) sockets.emplace_back(descriptor);
  }
  return sockets;
}

void notify_service_manager(std::string_view state) {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (name == nullptr || name[0] == '\0' || std::strlen(name) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(name);
  std::memcpy(address.sun_path, name, length);
  if (name[0] == '@') address.sun_path[0] = '\0';  // An abstract one (unix(7)).
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  (void)!::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                  reinterpret_cast<const sockaddr*>(&address), size);
}

void notify_reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  notify_service_manager(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                                     now.tv_sec * 1'000'000LL + now.tv_nsec / 1'000));
}

}  // namespace weir::server
