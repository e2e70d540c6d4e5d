#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

namespace weir::base {

/// Keeps what was used last, up to a sum of weights. One thread at a time: put it into a Guarded to
/// share it.
template <typename Key, typename T>
class LruCache {
 public:
  explicit LruCache(std::size_t weight_max = 0) : weight_max_(weight_max) {}

  /// Drops what does not fit any more.
  void set_weight_max(std::size_t weight_max) {
    weight_max_ = weight_max;
    trim();
  }

  /// Null if it is not there; else valid until the next call.
  const T* find(const Key& key) {
    const auto at = places_.find(key);
    if (at == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, at->second);
    return &at->second->value;
  }

  /// Puts or replaces. A value heavier than the whole cache is not kept.
  void put(const Key& key, T value, std::size_t weight) {
    erase(key);
    if (weight > weight_max_) return;
    entries_.push_front({key, std::move(value), weight});
    places_.emplace(key, entries_.begin());
    weight_ += weight;
    trim();
  }

  void erase(const Key& key) {
    const auto at = places_.find(key);
    if (at == places_.end()) return;
    const auto entry = at->second;
    places_.erase(at);
    weight_ -= entry->weight;
    entries_.erase(entry);
  }

  void clear() {
    places_.clear();
    entries_.clear();
    weight_ = 0;
  }

  std::size_t size() const { return entries_.size(); }
  std::size_t weight() const { return weight_; }

 private:
  void trim() {
    // A copy of the key: it is part of what goes.
    while (weight_ > weight_max_) erase(Key(entries_.back().key));
  }

  struct Entry {
    Key key;
    T value;
    std::size_t weight;
  };

  std::size_t weight_max_;
  std::size_t weight_ = 0;
  std::list<Entry> entries_;
  std::unordered_map<Key, typename std::list<Entry>::iterator> places_;
};

}  // namespace weir::base
