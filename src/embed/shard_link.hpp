#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "embed/core.hpp"

namespace weir::embed {

/// The way back to a shard for something that a program may keep longer than its hub. Any thread.
class ShardLink {
 public:
  ShardLink(std::weak_ptr<Core> core, std::size_t shard) : core_(std::move(core)), shard_(shard) {}

  /// Has the shard run `body(Core&)`; with a hub that is gone, or stopped by then, never.
  template <typename Body>
  void post(Body body) const {
    const auto core = core_.lock();
    if (core == nullptr) return;
    core->enter([&](Core& there) {
      there.post(shard_, [&there, body = std::move(body)]() mutable { body(there); });
    });
  }

  std::size_t shard() const { return shard_; }
  /// Whether the hub is gone, or has been stopped.
  bool broken() const {
    const auto core = core_.lock();
    return core == nullptr || core->state() == Core::State::kStopped;
  }

 private:
  std::weak_ptr<Core> core_;
  std::size_t shard_;
};

}  // namespace weir::embed
