#include "log/topic_index_memory.hpp"

#include <algorithm>

namespace weir::log {

TopicGeneration::Entry* TopicGeneration::find(const HashedTopic& topic) {
  auto& entries = stripe(stripe_of(topic));
  const auto at = entries.find(topic);
  return at == entries.end() ? nullptr : &at->second;
}

const TopicGeneration::Entry* TopicGeneration::find(const HashedTopic& topic) const {
  const auto& entries = stripe(stripe_of(topic));
  const auto at = entries.find(topic);
  return at == entries.end() ? nullptr : &at->second;
}

void KnownTopics::insert(std::size_t hash) {
  if (contains(hash)) return;
  auto& ways = bucket(hash);
  std::shift_right(ways.begin(), ways.end(), 1);
  ways.front() = hash;
}

void KnownTopics::erase(std::size_t hash) {
  std::replace(bucket(hash).begin(), bucket(hash).end(), hash, std::size_t{0});
}

bool KnownTopics::contains(std::size_t hash) const {
  const auto& ways = buckets_[hash % kBuckets];
  return std::find(ways.begin(), ways.end(), hash) != ways.end();
}

void TopicMemory::start(base::Sequence watermark, std::uint64_t topics_in_file,
                        bool has_shared_events) {
  watermark_ = watermark;
  active_->covered = watermark;
  topics_in_file_ = topics_in_file;
  has_shared_events_ = has_shared_events;
}

void TopicMemory::add(const Batch& batch) {
  // What was added before, or is in the file, is met again when the log is read from before the
  // watermark.
  const auto after = active_->covered;
  if (batch.ephemeral() || batch.last() <= after) return;
  for (const auto& topic : batch.by_topic()) add_topic(batch, topic, after);
  active_->covered = batch.last();
}

void TopicMemory::add_topic(const Batch& batch, const Batch::TopicRuns& topic,
                            base::Sequence after) {
  const HashedTopic hashed(topic.topic);
  auto& stripe = active_->stripe(TopicGeneration::stripe_of(hashed));
  auto at = stripe.find(hashed);
  if (at == stripe.end()) {
    if (batch[topic.runs.back().first + topic.runs.back().count - 1].sequence <= after) return;
    at = stripe.try_emplace(std::string(topic.topic)).first;
    const bool in_frozen = frozen_ != nullptr && frozen_->find(hashed) != nullptr;
    at->second.fresh = !in_frozen && !known_.contains(hashed.hash);
    active_->fresh += at->second.fresh ? 1 : 0;
  }
  auto& run = at->second.run;
  const auto events_before = run.events;
  for (const auto& range : topic.runs) {
    for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
      const auto& event = batch[i];
      if (event.sequence <= after) continue;
      run.add({event.sequence, event.data.size()});
      if (event.topics.size() > 1) active_->has_shared_events = has_shared_events_ = true;
    }
  }
  active_->postings += run.events - events_before;
}

std::shared_ptr<const TopicGeneration> TopicMemory::freeze() {
  if (frozen_ == nullptr) {
    if (active_->covered <= watermark_) return nullptr;
    frozen_ = std::move(active_);
    active_ = std::make_shared<TopicGeneration>();
    active_->covered = frozen_->covered;
  }
  return frozen_;
}

void TopicMemory::know_stripe(std::size_t stripe) {
  for (const auto& [name, entry] : frozen_->stripe(stripe)) known_.insert(HashedTopic(name).hash);
}

std::shared_ptr<const TopicGeneration> TopicMemory::flushed(std::uint64_t topics_in_file) {
  watermark_ = frozen_->covered;
  topics_in_file_ = topics_in_file;
  return std::exchange(frozen_, nullptr);
}

void TopicMemory::discard() {
  frozen_.reset();
  const auto covered = active_->covered;
  active_ = std::make_shared<TopicGeneration>();
  active_->covered = covered;
}

void TopicMemory::trim_entry(TopicGeneration& generation, TopicGeneration::Stripe& stripe,
                             TopicGeneration::Stripe::iterator at, base::Sequence up_to) {
  auto& entry = at->second;
  const auto events_before = entry.run.events;
  entry.run.trim(up_to);
  generation.postings -= events_before - entry.run.events;
  if (!entry.run.empty()) return;
  if (entry.fresh) {
    --generation.fresh;
    auto* later = &generation == frozen_.get() ? active_->find(HashedTopic(at->first)) : nullptr;
    if (later != nullptr) {
      later->fresh = true;
      ++active_->fresh;
    }
  }
  stripe.erase(at);
}

void TopicMemory::trim_topic(std::string_view topic, base::Sequence up_to) {
  const HashedTopic hashed(topic);
  for (auto* generation : {frozen_.get(), active_.get()}) {
    if (generation == nullptr) continue;
    auto& stripe = generation->stripe(TopicGeneration::stripe_of(hashed));
    const auto at = stripe.find(hashed);
    if (at != stripe.end()) trim_entry(*generation, stripe, at, up_to);
  }
}

void TopicMemory::trim_stripe(std::size_t index, base::Sequence up_to) {
  for (auto* generation : {frozen_.get(), active_.get()}) {
    if (generation == nullptr) continue;
    auto& stripe = generation->stripe(index);
    for (auto at = stripe.begin(); at != stripe.end();) {
      const auto here = at++;
      if (here->second.run.first <= up_to) trim_entry(*generation, stripe, here, up_to);
    }
  }
}

void TopicMemory::left_file(const std::vector<std::string>& topics, std::uint64_t topics_in_file) {
  topics_in_file_ = topics_in_file;
  for (const auto& topic : topics) {
    const HashedTopic hashed(topic);
    known_.erase(hashed.hash);
    for (auto* generation : {frozen_.get(), active_.get()}) {
      auto* entry = generation == nullptr ? nullptr : generation->find(hashed);
      if (entry == nullptr) continue;
      generation->fresh += entry->fresh ? 0 : 1;
      entry->fresh = true;
      break;
    }
  }
}

void TopicMemory::collect(std::string_view topic, std::vector<Part>& out) const {
  const HashedTopic hashed(topic);
  for (const auto* generation : {frozen_.get(), active_.get()}) {
    const auto* entry = generation == nullptr ? nullptr : generation->find(hashed);
    if (entry != nullptr) out.push_back({std::string(topic), entry->run});
  }
}

std::size_t TopicMemory::postings() const {
  return active_->postings + (frozen_ == nullptr ? 0 : frozen_->postings);
}

}  // namespace weir::log
