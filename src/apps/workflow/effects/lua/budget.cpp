#include "apps/workflow/effects/lua/budget.hpp"

#include <cstdlib>
#include <cstring>
#include <lua.hpp>
#include <utility>

namespace weir::apps::workflow {
namespace {

constexpr int kInstructionsPerCount = 100;
// The interrupt is looked at so often.
constexpr std::uint64_t kInstructionsPerLook = 10'000;
// An allocation costs time by its size: that much is an instruction.
constexpr std::size_t kBytesPerInstruction = 64;

}  // namespace

ScriptBudget::ScriptBudget(const Limits& limits) : limits_(limits), left_(limits.instructions) {}

lua_State* ScriptBudget::new_state() {
  lua_State* const state = lua_newstate(allocate, this);
  if (state == nullptr) return nullptr;
  ScriptBudget* const self = this;
  std::memcpy(lua_getextraspace(state), &self, sizeof self);
  return state;
}

ScriptBudget& ScriptBudget::of(lua_State* state) {
  ScriptBudget* self = nullptr;
  std::memcpy(&self, lua_getextraspace(state), sizeof self);
  return *self;
}

void ScriptBudget::begin(lua_State* state) {
  counted_ = state;
  lua_sethook(state, on_count, LUA_MASKCOUNT, kInstructionsPerCount);
}

void ScriptBudget::on_count(lua_State* state, lua_Debug* /*debug*/) {
  auto& self = of(state);
  if (std::exchange(self.refused_, false)) {
    // All garbage was collected since. A script that goes on at the edge would have that done with
    // every step.
    if (self.memory_left() < self.limits_.memory_bytes / 16) self.spent_ = Spent::kMemory;
    if (self.spent_ == Spent::kNothing) self.begin(state);
  }
  self.spend(state, kInstructionsPerCount);
}

void ScriptBudget::spend(lua_State* state, std::uint64_t instructions) {
  if (!try_spend(instructions)) raise(state);
}

bool ScriptBudget::try_spend(std::uint64_t instructions) {
  if (spent_ != Spent::kNothing) return false;
  if (instructions > left_) {
    spent_ = Spent::kInstructions;
    return false;
  }
  left_ -= instructions;
  if (instructions < until_look_) {
    until_look_ -= instructions;
    return true;
  }
  until_look_ = kInstructionsPerLook;
  look();
  return spent_ == Spent::kNothing;
}

void ScriptBudget::look() {
  if (limits_.interrupt != nullptr && limits_.interrupt->triggered()) spent_ = Spent::kInterrupted;
}

/// With a value that costs no memory: there may be none.
void ScriptBudget::raise(lua_State* state) {
  lua_sethook(state, on_count, LUA_MASKCOUNT, 1);
  lua_pushlightuserdata(state, &of(state));
  lua_error(state);
  std::abort();
}

void* ScriptBudget::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& budget = *static_cast<ScriptBudget*>(self);
  // Of a new block it is the kind of what it is for.
  if (block == nullptr) old_size = 0;
  if (new_size == 0) {
    std::free(block);
    budget.memory_ -= old_size;
    return nullptr;
  }
  const bool counts = budget.counted_ != nullptr && new_size > old_size;
  const auto more = new_size > old_size ? new_size - old_size : 0;
  if (more > budget.limits_.memory_bytes - budget.memory_) {
    // Lua collects garbage and asks again; on_count looks at what that gave.
    budget.refused_ = counts;
    if (counts) lua_sethook(budget.counted_, on_count, LUA_MASKCOUNT, 1);
    return nullptr;
  }
  if (counts) {
    // Nothing can be raised from here.
    budget.try_spend(more / kBytesPerInstruction);
    if (budget.spent_ != Spent::kNothing) {
      lua_sethook(budget.counted_, on_count, LUA_MASKCOUNT, 1);
    }
  }
  void* const fresh = std::realloc(block, new_size);
  if (fresh != nullptr) budget.memory_ = budget.memory_ - old_size + new_size;
  return fresh;
}

}  // namespace weir::apps::workflow
