#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace weir::base {

/// A move-only callable that is run at most once on another thread: what goes through a Mailbox.
/// (std::function needs copyable captures; std::move_only_function is C++23.)
class Task {
 public:
  Task() = default;

  template <typename F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, Task> && std::is_invocable_v<F&>)
  Task(F&& f)  // NOLINT(google-explicit-constructor): a lambda is a task
      : body_(std::make_unique<Body<std::remove_cvref_t<F>>>(std::forward<F>(f))) {}

  explicit operator bool() const { return body_ != nullptr; }
  void operator()() { body_->run(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void run() = 0;
  };
  template <typename F>
  struct Body final : Base {
    explicit Body(F f) : function(std::move(f)) {}
    void run() override { function(); }
    F function;
  };

  std::unique_ptr<Base> body_;
};

}  // namespace weir::base
