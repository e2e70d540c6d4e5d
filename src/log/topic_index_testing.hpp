#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/batch_codec.hpp"
#include "log/namespaces.hpp"
#include "log/topic_index.hpp"
#include "proto/selector.hpp"

namespace weir::log::testing {

inline constexpr base::Epoch kEpoch{0x8000'0000'0000'0007};

struct IndexedEvent {
  base::Sequence sequence;
  std::vector<std::string> topics;
  std::size_t bytes = 0;
};

/// The batch of positions [first, last] with these events.
inline BatchPtr make_batch(base::Sequence first, base::Sequence last,
                           const std::vector<IndexedEvent>& events) {
  RowEncoder encoder(first, last, kDefaultNamespace, 1000);
  std::vector<std::vector<std::string_view>> topics;
  std::vector<std::string> data;
  topics.reserve(events.size());
  data.reserve(events.size());
  for (const auto& event : events) {
    proto::EventView view;
    view.sequence = event.sequence;
    view.topics = topics.emplace_back(event.topics.begin(), event.topics.end());
    view.data = data.emplace_back(event.bytes, 'x');
    view.time = 1000;
    encoder.add(view);
  }
  std::vector<EncodedRow> rows;
  rows.push_back(encoder.finish());
  auto batch = BatchDecoder::decode(kEpoch, std::move(rows));
  EXPECT_TRUE(batch.has_value());
  return *batch;
}

/// A batch without holes, one event per list of topics, each of ten bytes.
inline BatchPtr make_batch(std::uint64_t first,
                           const std::vector<std::vector<std::string>>& topics) {
  std::vector<IndexedEvent> events;
  for (const auto& names : topics) events.push_back({{first + events.size()}, names, 10});
  return make_batch({first}, events.back().sequence, events);
}

inline proto::Selectors selectors(const std::vector<std::string>& topics,
                                  const std::vector<std::string>& patterns = {}) {
  auto made = proto::make_selectors(topics, patterns, 1000);
  EXPECT_TRUE(made.has_value());
  return *made;
}

/// A folder that is gone at the end of the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "weir-index-XXXXXX").string();
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    path_ = path;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string index() const { return (path_ / "topic-index.db").string(); }

 private:
  std::filesystem::path path_;
};

inline std::unique_ptr<TopicIndex> open_index(const std::string& path) {
  auto index = TopicIndex::open({path, {}, kEpoch});
  EXPECT_TRUE(index.has_value()) << (index ? "" : index.error().message());
  return std::move(*index);
}

}  // namespace weir::log::testing
