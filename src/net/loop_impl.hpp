#pragma once

// What only net itself may know about a Loop: the io_context behind it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "net/loop.hpp"

namespace weir::net {

// Concrete executors: the type-erased default costs an indirect call and a reference count per
// operation.
using Executor = boost::asio::io_context::executor_type;
using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct Loop::Impl {
  struct Periodic {
    Timer timer;
    std::chrono::milliseconds period;
    std::function<void()> callback;
  };
  struct Watched {
    Descriptor descriptor;
    std::function<void()> callback;
  };

  ~Impl();
  /// Makes the descriptor readable. Any thread.
  void wake() const;
  void arm(Periodic& periodic);
  void arm(Watched& watched);

  int waker = -1;                 ///< An eventfd, where somebody watches the descriptor.
  boost::asio::io_context io{1};  // One thread runs it; others only post.
  std::vector<std::unique_ptr<Periodic>> periodics;
  std::vector<std::unique_ptr<Watched>> watched;
};

}  // namespace weir::net
