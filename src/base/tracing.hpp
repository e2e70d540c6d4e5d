#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/guarded.hpp"

namespace weir::base {

/// A piece of work with a beginning and an end (OpenTelemetry, trace specification, "Span").
struct Span {
  enum class Kind : std::uint8_t { kInternal = 1, kServer, kClient, kProducer, kConsumer };
  using Value = std::variant<std::int64_t, std::string>;

  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  std::array<std::uint8_t, 8> parent_id{};  ///< All zero: the first of its trace.
  std::string_view name = {};               ///< Static lifetime, as the attributes' names.
  Kind kind = Kind::kInternal;
  std::int64_t start_nanos = 0;  ///< Since 1970.
  std::int64_t end_nanos = 0;
  std::vector<std::pair<std::string_view, Value>> attributes = {};
  std::string error = {};  ///< Empty: it went well.
};

/// Where finished spans wait for whoever exports them. Disabled, which is the default, it costs a
/// relaxed load where work is done. Any thread.
class Tracer {
 public:
  /// Spans that wait; beyond it new ones are dropped and counted.
  static constexpr std::size_t kSpansMax = 16'384;

  /// `one_in` n: every nth piece of work that belongs to no trace begins one; 0: none does.
  void enable(std::uint32_t one_in);
  void disable() { enabled_.store(false, std::memory_order_relaxed); }
  bool enabled() const { return enabled_.load(std::memory_order_relaxed); }
  /// Whether a piece of work that belongs to no trace is to begin one.
  bool samples();

  void record(Span span);
  /// Everything that waits, oldest first.
  std::vector<Span> take();

  std::uint64_t recorded() const { return recorded_.load(std::memory_order_relaxed); }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  static std::array<std::uint8_t, 16> new_trace_id();
  static std::array<std::uint8_t, 8> new_span_id();

 private:
  std::atomic<bool> enabled_{false};
  std::atomic<std::uint32_t> one_in_{0};
  std::atomic<std::uint32_t> seen_{0};
  std::atomic<std::uint64_t> recorded_{0};
  std::atomic<std::uint64_t> dropped_{0};
  Guarded<std::vector<Span>> waiting_;
};

}  // namespace weir::base
