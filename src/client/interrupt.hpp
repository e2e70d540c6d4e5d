#pragma once

namespace weir::client {

/// Wakes a client that waits for the network, from another thread or from a signal handler, and
/// stays triggered. Outlives every object that was given it.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// Async-signal-safe; any thread.
  void trigger() const;
  /// Any thread.
  bool triggered() const;
  /// Readable once triggered; for poll().
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace weir::client
