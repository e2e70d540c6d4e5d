#pragma once

#include <cstdint>

#include "client/interrupt.hpp"

struct lua_State;
struct lua_Debug;

namespace weir::apps::workflow {

/// What a script may use up: instructions, memory, and the patience of who waits for it. Once
/// something of it is used up every further instruction raises the error again, so that a script
/// cannot catch it (pcall) and go on.
///
/// The hook that counts instructions does not run inside of functions that are written in C, so
/// those that can take long for few instructions `spend` for themselves, or are not offered.
///
/// Belongs to one state and its thread; outlives the state.
class ScriptBudget {
 public:
  enum class Spent : std::uint8_t { kNothing, kInstructions, kMemory, kInterrupted };

  struct Limits {
    std::uint64_t instructions = 0;
    std::uint64_t memory_bytes = 0;
    const client::Interrupt* interrupt = nullptr;  ///< Ends it; outlives the budget. Null: none.
  };

  explicit ScriptBudget(const Limits& limits);
  ScriptBudget(const ScriptBudget&) = delete;
  ScriptBudget& operator=(const ScriptBudget&) = delete;

  /// A state whose memory is counted here; the caller closes it. Null when there is no memory.
  lua_State* new_state();
  /// From here on instructions count.
  void begin(lua_State* state);

  static ScriptBudget& of(lua_State* state);

  /// Counts; raises an error in `state` if something is used up.
  void spend(lua_State* state, std::uint64_t instructions);
  /// The same without raising, for code that must come back first: false if it is used up.
  bool try_spend(std::uint64_t instructions);
  [[noreturn]] static void raise(lua_State* state);

  Spent spent() const { return spent_; }
  std::uint64_t memory_bytes() const { return memory_; }
  std::uint64_t memory_left() const { return limits_.memory_bytes - memory_; }

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static void on_count(lua_State* state, lua_Debug* debug);
  void look();

  Limits limits_;
  std::uint64_t left_;
  std::uint64_t until_look_ = 0;
  std::uint64_t memory_ = 0;
  bool refused_ = false;  ///< Memory, since the last count.
  lua_State* counted_ = nullptr;
  Spent spent_ = Spent::kNothing;
};

}  // namespace weir::apps::workflow
