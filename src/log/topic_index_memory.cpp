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

void TopicMemory::add(const Batch& batch, const std::vector<bool>* unstored) {
  // What was added before, or is in the file, is met again when the log is read from before the
  // watermark.
  const auto after = active_->covered;
  if (batch.ephemeral() || batch.last() <= after) return;
  for (const auto& topic : batch.by_topic()) add_topic(batch, topic, after, unstored);
  active_->covered = batch.last();
}

TopicGeneration::Entry& TopicMemory::entry_of(TopicGeneration& generation,
                                              const HashedTopic& topic) {
  auto& stripe = generation.stripe(TopicGeneration::stripe_of(topic));
  auto at = stripe.find(topic);
  if (at != stripe.end()) return at->second;
  at = stripe.try_emplace(std::string(topic.name)).first;
  auto& entry = at->second;
  entry.fresh = !known_.contains(topic.hash);
  bool later = false;
  for (auto* other : generations()) {
    if (other == &generation) {
      later = true;
      continue;
    }
    auto* there = other == nullptr ? nullptr : other->find(topic);
    if (there == nullptr) continue;
    if (!later) {
      entry.fresh = false;
    } else if (there->fresh) {
      there->fresh = false;
      --other->fresh;
    }
  }
  generation.fresh += entry.fresh ? 1 : 0;
  return entry;
}

void TopicMemory::add_topic(const Batch& batch, const Batch::TopicRuns& topic, base::Sequence after,
                            const std::vector<bool>* unstored) {
  const HashedTopic hashed(topic.topic);
  // One look-up for a topic, but where its events part ways.
  TopicGeneration* generation = nullptr;
  TopicGeneration::Entry* entry = nullptr;
  for (const auto& range : topic.runs) {
    for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
      const auto& event = batch[i];
      if (event.sequence <= after) continue;
      auto* const into = unstored != nullptr && (*unstored)[i] ? &unstored_ : active_.get();
      if (into != generation) {
        generation = into;
        entry = &entry_of(*into, hashed);
      }
      entry->run.add({event.sequence, event.data.size()});
      ++generation->postings;
      if (event.topics.size() > 1) generation->has_shared_events = has_shared_events_ = true;
    }
  }
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

/// The first generation that has the topic, if one has it, is where it comes up.
void TopicMemory::make_fresh(const HashedTopic& topic) {
  for (auto* generation : generations()) {
    auto* entry = generation == nullptr ? nullptr : generation->find(topic);
    if (entry == nullptr) continue;
    generation->fresh += entry->fresh ? 0 : 1;
    entry->fresh = true;
    return;
  }
}

void TopicMemory::trim_entry(TopicGeneration& generation, TopicGeneration::Stripe& stripe,
                             TopicGeneration::Stripe::iterator at, base::Sequence up_to) {
  auto& entry = at->second;
  const auto events_before = entry.run.events;
  entry.run.trim(up_to);
  generation.postings -= events_before - entry.run.events;
  if (!entry.run.empty()) return;
  const bool fresh = entry.fresh;
  if (fresh) --generation.fresh;
  const std::string name = at->first;
  stripe.erase(at);
  if (fresh) make_fresh(HashedTopic(name));
}

void TopicMemory::trim_topic(std::string_view topic, base::Sequence up_to) {
  const HashedTopic hashed(topic);
  for (auto* generation : generations()) {
    if (generation == nullptr) continue;
    auto& stripe = generation->stripe(TopicGeneration::stripe_of(hashed));
    const auto at = stripe.find(hashed);
    if (at != stripe.end()) trim_entry(*generation, stripe, at, up_to);
  }
}

void TopicMemory::trim_stripe(std::size_t index, base::Sequence up_to) {
  for (auto* generation : generations()) {
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
    make_fresh(hashed);
  }
}

void TopicMemory::collect(std::string_view topic, std::vector<Part>& out) const {
  const HashedTopic hashed(topic);
  for (const auto* generation : generations()) {
    const auto* entry = generation == nullptr ? nullptr : generation->find(hashed);
    if (entry == nullptr) continue;
    out.push_back({std::string(topic), entry->run, generation != &unstored_});
  }
}

std::size_t TopicMemory::postings() const {
  return active_->postings + (frozen_ == nullptr ? 0 : frozen_->postings);
}

}  // namespace weir::log
