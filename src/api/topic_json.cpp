#include "api/topic_json.hpp"

#include <fmt/format.h>

#include "proto/cursor.hpp"
#include "proto/json.hpp"

namespace weir::api {

std::string topic_json(base::Epoch epoch, const log::TopicInfo& topic, std::uint64_t subscribers,
                       std::string_view more) {
  const auto position = [&](base::Sequence sequence) {
    return sequence.value == 0 ? std::string("null")
                               : fmt::format("\"{}\"", proto::to_string({epoch, sequence}));
  };
  return fmt::format(
      R"({{"topic":{},"events":{},"bytes":{},"first":{},"last":{},"closed":{},"subscribers":{}{}}})",
      proto::json_string(topic.name), topic.events, topic.bytes, position(topic.first),
      position(topic.last), topic.closed, subscribers, more);
}

}  // namespace weir::api
