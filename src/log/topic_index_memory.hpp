#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.hpp"
#include "log/batch.hpp"
#include "log/topic_index_run.hpp"

namespace weir::log {

/// A topic's name with its hash, which is computed once for all the tables it is looked up in.
struct HashedTopic {
  explicit HashedTopic(std::string_view topic)
      : name(topic), hash(std::hash<std::string_view>{}(topic)) {}

  std::string_view name;
  std::size_t hash;
};

/// Postings that gather between two flushes. Divided into stripes by the topic's hash, so that a
/// walk over all topics can give up the lock between them.
class TopicGeneration {
 public:
  static constexpr std::size_t kStripes = 64;

  struct Entry {
    PostingRun run;
    /// As far as is known, the topic is neither in the file nor in an older generation.
    bool fresh = false;
  };
  struct Hash {
    using is_transparent = void;
    // Not noexcept, which makes the table keep the hash of each name beside it.
    std::size_t operator()(const std::string& name) const {
      return std::hash<std::string_view>{}(name);
    }
    std::size_t operator()(const HashedTopic& topic) const { return topic.hash; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const std::string& a, const std::string& b) const { return a == b; }
    bool operator()(const HashedTopic& a, const std::string& b) const { return a.name == b; }
    bool operator()(const std::string& a, const HashedTopic& b) const { return a == b.name; }
  };
  using Stripe = std::unordered_map<std::string, Entry, Hash, Equal>;

  static std::size_t stripe_of(const HashedTopic& topic) { return (topic.hash >> 32) % kStripes; }

  Stripe& stripe(std::size_t index) { return stripes_[index]; }
  const Stripe& stripe(std::size_t index) const { return stripes_[index]; }
  Entry* find(const HashedTopic& topic);
  const Entry* find(const HashedTopic& topic) const;

  base::Sequence covered;          ///< Every event after the generation before, up to here.
  std::size_t postings = 0;        ///< Of all topics.
  std::uint64_t fresh = 0;         ///< Entries that are marked so.
  bool has_shared_events = false;  ///< Some event stands under several topics.

 private:
  std::array<Stripe, kStripes> stripes_;
};

/// Remembers, in a fixed amount of memory, many of the topics that are in the file, by their hash:
/// so that a posting in memory is known not to make a new topic. May forget; the next flush counts
/// anew.
class KnownTopics {
 public:
  void insert(std::size_t hash);
  void erase(std::size_t hash);
  bool contains(std::size_t hash) const;

  static constexpr std::size_t kBuckets = 8192;
  static constexpr std::size_t kWays = 4;

 private:
  using Bucket = std::array<std::size_t, kWays>;
  Bucket& bucket(std::size_t hash) { return buckets_[hash % kBuckets]; }

  std::vector<Bucket> buckets_ = std::vector<Bucket>(kBuckets);
};

/// The part of the topic index that is in memory: the generation that takes postings, the one that
/// is being written, the postings of events that are not stored, and what is known of the file. Not
/// synchronised: TopicIndex keeps it under a lock, which every call must leave soon.
class TopicMemory {
 public:
  /// A copy of what memory holds of a topic, one entry for each generation that holds something.
  struct Part {
    std::string name;
    PostingRun run;
    bool stored = true;  ///< Else it never comes to the file, and stands between the others.
  };

  TopicMemory() : active_(std::make_shared<TopicGeneration>()) {}
  /// Begins with what the file says of itself.
  void start(base::Sequence watermark, std::uint64_t topics_in_file, bool has_shared_events);
  /// Of a topic in the file.
  void know(std::string_view topic) { known_.insert(HashedTopic(topic).hash); }

  void add(const Batch& batch, const std::vector<bool>* unstored = nullptr);

  /// The generation to write, from now on unchanged but by trims; the same again until `flushed`.
  /// Null when there is nothing new. To be read by the thread that trims.
  std::shared_ptr<const TopicGeneration> freeze();
  /// After the frozen generation was written, for every stripe: its topics are in the file.
  void know_stripe(std::size_t stripe);
  /// Then: the file holds so many topics now. Gives the generation back to be destroyed outside the
  /// lock.
  std::shared_ptr<const TopicGeneration> flushed(std::uint64_t topics_in_file);

  /// Lets go of everything that cannot be written any more.
  void discard();

  void trim_topic(std::string_view topic, base::Sequence up_to);
  void trim_stripe(std::size_t stripe, base::Sequence up_to);
  /// These have no posting in the file any more.
  void left_file(const std::vector<std::string>& topics, std::uint64_t topics_in_file);

  void collect(std::string_view topic, std::vector<Part>& out) const;
  template <typename Wanted>
  void collect_stripe(std::size_t stripe, Wanted&& wanted, std::vector<Part>& out) const {
    for (const auto* generation : generations()) {
      if (generation == nullptr) continue;
      for (const auto& [name, entry] : generation->stripe(stripe)) {
        if (wanted(name)) out.push_back({name, entry.run, generation != &unstored_});
      }
    }
  }

  std::size_t postings() const;
  std::uint64_t topics() const {
    return topics_in_file_ + active_->fresh + unstored_.fresh +
           (frozen_ == nullptr ? 0 : frozen_->fresh);
  }
  base::Sequence watermark() const { return watermark_; }
  bool has_shared_events() const { return has_shared_events_; }

 private:
  void add_topic(const Batch& batch, const Batch::TopicRuns& topic, base::Sequence after,
                 const std::vector<bool>* unstored);
  TopicGeneration::Entry& entry_of(TopicGeneration& generation, const HashedTopic& topic);
  /// From old to new; the first may be null. A topic is fresh in the first that has it.
  std::array<TopicGeneration*, 3> generations() {
    return {frozen_.get(), active_.get(), &unstored_};
  }
  std::array<const TopicGeneration*, 3> generations() const {
    return {frozen_.get(), active_.get(), &unstored_};
  }
  void make_fresh(const HashedTopic& topic);
  void trim_entry(TopicGeneration& generation, TopicGeneration::Stripe& stripe,
                  TopicGeneration::Stripe::iterator at, base::Sequence up_to);

  std::shared_ptr<TopicGeneration> active_;
  std::shared_ptr<TopicGeneration> frozen_;
  TopicGeneration unstored_;  // Never written.
  KnownTopics known_;
  base::Sequence watermark_;
  std::uint64_t topics_in_file_ = 0;
  bool has_shared_events_ = false;
};

}  // namespace weir::log
