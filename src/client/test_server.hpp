#pragma once

// For tests only: a server on a free port of the loopback that plays one scripted conversation
// after the other, so that a test says byte by byte what a server does.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "client/url.hpp"

namespace weir::client {

/// The server's end of one connection. Reads give up after ten seconds and return what there is.
class TestPeer {
 public:
  explicit TestPeer(int descriptor) : descriptor_(descriptor) {}
  ~TestPeer() { ::close(descriptor_); }
  TestPeer(const TestPeer&) = delete;
  TestPeer& operator=(const TestPeer&) = delete;

  /// Reads up to and including `end`, and returns it all.
  std::string read_until(std::string_view end) {
    std::string text = std::move(rest_);
    rest_.clear();
    std::size_t at = text.find(end);
    while (at == std::string::npos && read_more(text)) at = text.find(end);
    if (at == std::string::npos) return text;
    rest_ = text.substr(at + end.size());
    return text.substr(0, at + end.size());
  }
  std::string read_head() { return read_until("\r\n\r\n"); }

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  void wait_until_closed() {
    std::string ignored;
    while (read_more(ignored)) {
    }
  }

  /// Closes so that the other side sees the connection reset.
  void reset() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }

 private:
  bool read_more(std::string& text) {
    pollfd entry{descriptor_, POLLIN, 0};
    if (::poll(&entry, 1, 10'000) != 1) return false;
    char buffer[4096];
    const ssize_t n = ::recv(descriptor_, buffer, sizeof buffer, 0);
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }

  int descriptor_;
  std::string rest_;
};

class TestServer {
 public:
  using Script = std::function<void(TestPeer&)>;

  /// Plays the scripts in order, one for each connection, then refuses connections.
  explicit TestServer(std::vector<Script> scripts)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, scripts = std::move(scripts)] {
      for (const Script& script : scripts) {
        pollfd entry{listener_, POLLIN, 0};
        if (::poll(&entry, 1, 10'000) != 1) break;
        TestPeer peer(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
        ++connections_;
        script(peer);
      }
      ::close(listener_);
    });
  }
  ~TestServer() { join(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  /// Waits until the scripts have been played; what they noted may be looked at then.
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  /// Connections so far; after `join`.
  int connections() const { return connections_; }

  std::string text_url(std::string_view target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
  }
  Url url(std::string_view target = "/") const { return *parse_url(text_url(target)); }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  int connections_ = 0;
  std::thread thread_;
};

}  // namespace weir::client
