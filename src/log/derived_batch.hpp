#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "log/batch.hpp"

namespace weir::log {

/// Some of a batch's events with other data: what those get that may see only a part of it. The
/// events keep their positions, so cursors mean the same, and the batch encodes its own frames.
struct DerivedBatch {
  using Project = std::function<void(std::string_view data, std::string& out)>;

  /// The events of the ranges, one or more, in their order. `project` appends what is left of an
  /// event's data. The result keeps `source` alive; its `by_topic` is empty, since it has been
  /// decided who gets it. Any thread.
  static BatchPtr make(BatchPtr source, std::span<const EventRange> ranges, const Project& project);
};

}  // namespace weir::log
