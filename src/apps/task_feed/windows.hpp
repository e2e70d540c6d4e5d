#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "apps/task_feed/window.hpp"
#include "base/guarded.hpp"
#include "base/lru_cache.hpp"

namespace weir::apps::task_feed {

/// The owners' windows in memory, so that who looks at a feed asks the store nothing. What does not
/// fit is dropped, and read from the rows when it is wanted.
///
/// While a commit is under way its owner's window is hidden from readers. So a window that
/// `committed` gives holds every commit that the log's head had reached before it was asked for:
/// with the head, read first, it is a snapshot and its cursor.
class Windows {
 public:
  Windows(std::size_t bytes_max, WindowSize size) : size_(size), kept_(Kept{Cache(bytes_max)}) {}

  WindowSize size() const { return size_; }

  // Log thread.
  /// As the change that was made last left it, durable or not; null: it is not there.
  WindowPtr newest(const std::string& owner);
  /// A change has made this of it, inside a commit.
  void begin(const std::string& owner, WindowPtr window);
  /// That change is durable. Hidden still if there is a later one.
  void settle(const std::string& owner, const WindowPtr& window);
  /// It is not.
  void drop(const std::string& owner);

  // Any thread.
  WindowPtr committed(const std::string& owner);
  /// Before the rows are read beside the writer.
  std::uint64_t mark(const std::string& owner);
  /// Takes what was read since, unless it may have changed since then.
  void offer(const std::string& owner, WindowPtr window, std::uint64_t mark);

  struct Held {
    std::size_t owners = 0;
    std::size_t bytes = 0;
  };
  Held held();

 private:
  struct Entry {
    WindowPtr window;
    bool durable = false;
  };
  using Cache = base::LruCache<std::string, Entry>;
  struct Kept {
    Cache cache;
    /// Changes begun and ended, of owners whose hash is the same: an entry may be gone, this is
    /// not.
    std::array<std::uint64_t, 256> moves{};
  };

  static std::uint64_t& moves_of(Kept& kept, const std::string& owner);

  WindowSize size_;
  base::Guarded<Kept> kept_;
};

}  // namespace weir::apps::task_feed
