#include "apps/task_feed/windows.hpp"

#include <functional>
#include <utility>

namespace weir::apps::task_feed {

std::uint64_t& Windows::moves_of(Kept& kept, const std::string& owner) {
  return kept.moves[std::hash<std::string>()(owner) % kept.moves.size()];
}

WindowPtr Windows::newest(const std::string& owner) {
  return kept_.with([&](Kept& kept) -> WindowPtr {
    const auto* const entry = kept.cache.find(owner);
    return entry == nullptr ? nullptr : entry->window;
  });
}

void Windows::begin(const std::string& owner, WindowPtr window) {
  const auto bytes = owner.size() + window->bytes();
  kept_.with([&](Kept& kept) {
    ++moves_of(kept, owner);
    kept.cache.put(owner, {std::move(window), false}, bytes);
  });
}

void Windows::settle(const std::string& owner, const WindowPtr& window) {
  kept_.with([&](Kept& kept) {
    ++moves_of(kept, owner);
    const auto* const entry = kept.cache.find(owner);
    if (entry == nullptr || entry->window != window) return;
    kept.cache.put(owner, {window, true}, owner.size() + window->bytes());
  });
}

void Windows::drop(const std::string& owner) {
  kept_.with([&](Kept& kept) {
    ++moves_of(kept, owner);
    kept.cache.erase(owner);
  });
}

WindowPtr Windows::committed(const std::string& owner) {
  return kept_.with([&](Kept& kept) -> WindowPtr {
    const auto* const entry = kept.cache.find(owner);
    return entry == nullptr || !entry->durable ? nullptr : entry->window;
  });
}

std::uint64_t Windows::mark(const std::string& owner) {
  return kept_.with([&](Kept& kept) { return moves_of(kept, owner); });
}

void Windows::offer(const std::string& owner, WindowPtr window, std::uint64_t mark) {
  const auto bytes = owner.size() + window->bytes();
  kept_.with([&](Kept& kept) {
    // A change that was under way when the rows were read may be in them, or not.
    if (moves_of(kept, owner) != mark || kept.cache.find(owner) != nullptr) return;
    kept.cache.put(owner, {std::move(window), true}, bytes);
  });
}

Windows::Held Windows::held() {
  return kept_.with([](Kept& kept) { return Held{kept.cache.size(), kept.cache.weight()}; });
}

}  // namespace weir::apps::task_feed
