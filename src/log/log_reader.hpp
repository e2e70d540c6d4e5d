#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/engine.hpp"
#include "log/log.hpp"
#include "log/log_state.hpp"
#include "log/topic_index.hpp"

namespace weir::log {

/// The log's queries, over one engine reader and the topic index. One thread at a time.
class LogReader {
 public:
  /// State and index outlive this.
  LogReader(std::unique_ptr<EngineReader> engine, const LogState& state, const TopicIndex& index)
      : engine_(std::move(engine)), state_(&state), index_(&index) {}

  base::Result<ReadResult> read(const ReadRequest& request);
  base::Result<std::uint64_t> count(const proto::Selectors* selectors, base::Sequence after,
                                    base::Sequence up_to);
  base::Result<base::Sequence> locate_last(const proto::Selectors* selectors, std::uint64_t n,
                                           base::Sequence up_to);
  base::Result<std::vector<TopicInfo>> list_topics(const proto::Selectors* selectors,
                                                   std::string after, std::size_t limit);
  base::Result<TopicInfo> topic_info(std::string_view topic);
  base::Result<> read_state(const StateRead& read);
  /// Any thread.
  std::uint64_t damaged() const { return engine_->damaged(); }

 private:
  struct Scan;
  struct Places {
    std::vector<base::Sequence> positions;
    base::Sequence complete_up_to;
  };

  base::Result<> run(Scan& scan);
  base::Result<> read_all(Scan& scan);
  base::Result<> read_places(Scan& scan, const Places& places);
  /// Where the few events of the topics are; no positions if they are not few.
  base::Result<std::uint64_t> count_by_reading(const proto::Selectors& selectors,
                                               base::Sequence after, base::Sequence up_to,
                                               const TopicFloors& floors);
  base::Result<Places> find_places(const proto::Selectors& selectors, base::Sequence after,
                                   base::Sequence up_to) const;
  /// What is left of the topic beyond its floor; false if nothing.
  base::Result<bool> complete(TopicInfo& info, const Floors& floors) const;

  std::unique_ptr<EngineReader> engine_;
  const LogState* state_;
  const TopicIndex* index_;
};

}  // namespace weir::log
