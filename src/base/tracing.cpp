#include "base/tracing.hpp"

#include <cstring>

#include "base/random.hpp"

namespace weir::base {
namespace {

/// Random, and not all zero, which would mean that there is none.
std::uint64_t random_word() {
  std::uint64_t word = 0;
  while (word == 0) word = random_seed();
  return word;
}

}  // namespace

void Tracer::enable(std::uint32_t one_in) {
  one_in_.store(one_in, std::memory_order_relaxed);
  enabled_.store(true, std::memory_order_relaxed);
}

bool Tracer::samples() {
  const auto one_in = one_in_.load(std::memory_order_relaxed);
  return one_in != 0 && seen_.fetch_add(1, std::memory_order_relaxed) % one_in == 0;
}

void Tracer::record(Span span) {
  const bool kept = waiting_.with([&](auto& waiting) {
    if (waiting.size() >= kSpansMax) return false;
    waiting.push_back(std::move(span));
    return true;
  });
  (kept ? recorded_ : dropped_).fetch_add(1, std::memory_order_relaxed);
}

std::vector<Span> Tracer::take() {
  return waiting_.with([](auto& waiting) { return std::exchange(waiting, {}); });
}

std::array<std::uint8_t, 16> Tracer::new_trace_id() {
  std::array<std::uint8_t, 16> id;
  for (std::size_t i = 0; i < id.size(); i += 8) {
    const std::uint64_t word = random_word();
    std::memcpy(id.data() + i, &word, sizeof word);
  }
  return id;
}

std::array<std::uint8_t, 8> Tracer::new_span_id() {
  std::array<std::uint8_t, 8> id;
  const std::uint64_t word = random_word();
  std::memcpy(id.data(), &word, sizeof word);
  return id;
}

}  // namespace weir::base
