#include "log/derived_batch.hpp"

#include <utility>

namespace weir::log {

BatchPtr DerivedBatch::make(BatchPtr source, std::span<const EventRange> ranges,
                            const Project& project) {
  auto batch = std::make_shared<Batch>();
  batch->epoch_ = source->epoch_;
  batch->first_ = source->first_;
  batch->last_ = source->last_;
  batch->committed_at_ = source->committed_at_;

  std::string all;
  std::vector<std::size_t> ends;
  for (const auto& range : ranges) {
    for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
      batch->events_.push_back((*source)[i]);
      project((*source)[i].data, all);
      ends.push_back(all.size());
    }
  }
  batch->storage_.push_back(std::move(all));
  const std::string_view stored = batch->storage_.front();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    batch->events_[i].data = stored.substr(begin, ends[i] - begin);
    begin = ends[i];
  }
  batch->source_ = std::move(source);
  return batch;
}

}  // namespace weir::log
