#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/router.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"
#include "proto/event.hpp"
#include "proto/ndjson.hpp"

namespace weir::api {

/// `POST /v1/publish` with application/x-ndjson: publishes lines while they arrive and answers
/// each, in order. The lines of one read are published as one group; a line that is not valid is
/// answered with its error and touches no other. Stops reading while more waits for the disk than
/// it may hold. Of a body that says its length, or that a proxy passes on, the answers begin when
/// all of it is there, or there are too many of them to hold back.
class LinePublisher final : public BodyReader {
 public:
  LinePublisher(hub::Hub& hub, std::size_t shard, CallPtr call);
  ~LinePublisher() override;

  bool on_body(std::string_view bytes) override;
  void on_body_end() override;

 private:
  class Answers;

  void on_line(std::string_view line);
  void finish_lines(bool good);
  void publish_group();

  hub::Hub& hub_;
  CallPtr call_;
  proto::EventLimits limits_;
  proto::NdjsonSplitter splitter_;
  std::uint64_t lines_ = 0;
  std::size_t group_bytes_ = 0;
  std::vector<proto::Event> group_;
  std::vector<std::string>
      group_lines_;  // An error's answer, or empty for the next event of the group.
  std::vector<std::uint64_t> group_numbers_;  // The line numbers of the group's events.
  std::shared_ptr<Answers> answers_;          // Outlives the body: the last commits come after it.
};

}  // namespace weir::api
