#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace weir::net {

/// The event loop of one shard: an Asio io_context that one thread runs.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until `stop`; the calling thread is the shard's thread from then on.
  void run();
  /// Any thread.
  void stop();

  // Without `run`: for a thread that has other things to do as well, and is the shard's thread when
  // it calls `poll`.

  /// Readable (level-triggered) when `poll` has something to do. Called first before others `post`.
  int descriptor();
  /// Runs what is due, without waiting, and returns how many callbacks that were: a bounded number;
  /// the descriptor stays readable if there are more.
  std::size_t poll();

  /// Runs the callback on the loop's thread, soon. Any thread; never blocks.
  void post(std::function<void()> callback);
  /// Calls back every `period` on the loop's thread, until the loop ends. Before `run` or on the
  /// thread.
  void every(std::chrono::milliseconds period, std::function<void()> callback);
  /// Calls back whenever the descriptor is readable (level-triggered), until the loop ends.
  void watch(int descriptor, std::function<void()> callback);

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
