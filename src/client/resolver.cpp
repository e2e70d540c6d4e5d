#include "client/resolver.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "client/waiting.hpp"

namespace weir::client {
namespace {

using base::ErrorCode;
using base::make_error;

/// Shared with the thread that looks up, which may outlive the one that asked.
struct Lookup {
  std::string host;
  std::string port;
  Interrupt done;
  std::atomic<int> status{0};
  std::atomic<addrinfo*> found{nullptr};

  ~Lookup() {
    if (auto* left = found.load()) ::freeaddrinfo(left);
  }
};

addrinfo hints_of(int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  return hints;
}

base::Error failed(const std::string& host, std::string_view why) {
  return make_error(ErrorCode::kNetwork, fmt::format("cannot resolve {}: {}", host, why));
}

}  // namespace

base::Result<Addresses> resolve_host(const std::string& host, const std::string& port,
                                     std::chrono::milliseconds timeout,
                                     const Interrupt* interrupt) {
  addrinfo* found = nullptr;
  const addrinfo numeric = hints_of(AI_NUMERICSERV | AI_NUMERICHOST);
  if (::getaddrinfo(host.c_str(), port.c_str(), &numeric, &found) == 0) return Addresses(found);

  auto lookup = std::make_shared<Lookup>();
  lookup->host = host;
  lookup->port = port;
  std::thread([lookup] {
    const addrinfo hints = hints_of(AI_NUMERICSERV);
    addrinfo* list = nullptr;
    lookup->status = ::getaddrinfo(lookup->host.c_str(), lookup->port.c_str(), &hints, &list);
    if (lookup->status == 0) lookup->found = list;
    lookup->done.trigger();
  }).detach();

  pollfd entries[] = {{lookup->done.descriptor(), POLLIN, 0},
                      {interrupt == nullptr ? -1 : interrupt->descriptor(), POLLIN, 0}};
  if (poll_until(entries, 2, timeout) <= 0) return failed(host, "no answer in time");
  if (entries[1].revents != 0) return make_error(ErrorCode::kNetwork, "interrupted");
  if (lookup->status != 0) return failed(host, ::gai_strerror(lookup->status));
  return Addresses(lookup->found.exchange(nullptr));
}

}  // namespace weir::client
