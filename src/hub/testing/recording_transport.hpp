#pragma once

#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "hub/transport.hpp"

namespace weir::hub {

/// A transport for tests: notes what each sink is given, and takes no more than it is told to. One
/// thread.
class RecordingTransport final : public Transport {
 public:
  struct Sink {
    std::vector<std::uint64_t> sequences;  ///< Of the events taken; 0 for an ephemeral one.
    std::vector<std::string> data;
    std::vector<std::string> controls;  ///< "type json".
    std::size_t keepalives = 0;
    std::size_t writes = 0;  ///< Calls of `send`.
    std::size_t room =
        std::numeric_limits<std::size_t>::max();  ///< Events until the socket is full.
    bool ended = false;
    End why = End::kDone;  ///< Once it has ended.
    bool aborted = false;
  };

  Sink& operator[](SinkId id) { return sinks_[id]; }

  Sent send(SinkId id, std::span<const Piece> pieces) override {
    auto& sink = sinks_[id];
    ++sink.writes;
    std::size_t taken = 0;
    for (const auto& piece : pieces) {
      for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
        if (sink.room == 0) return {Status::kBlocked, taken};
        --sink.room;
        ++taken;
        sink.sequences.push_back((**piece.batch)[i].sequence.value);
        sink.data.emplace_back((**piece.batch)[i].data);
      }
    }
    return {sink.room == 0 ? Status::kBlocked : Status::kOpen, taken};
  }

  Status control(SinkId id, std::string_view type, std::string_view json,
                 std::optional<std::uint32_t>) override {
    sinks_[id].controls.push_back(std::string(type) + " " + std::string(json));
    return sinks_[id].room == 0 ? Status::kBlocked : Status::kOpen;
  }

  Status keepalive(SinkId id) override {
    ++sinks_[id].keepalives;
    return Status::kOpen;
  }
  void end(SinkId id, End why) override {
    sinks_[id].ended = true;
    sinks_[id].why = why;
  }
  void abort(SinkId id) override { sinks_[id].aborted = true; }

 private:
  std::unordered_map<SinkId, Sink> sinks_;
};

}  // namespace weir::hub
