#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace weir::base {

/// A move-only callable that returns nothing, for callbacks that are made on one thread and run on
/// another. (std::function needs copyable captures; std::move_only_function is C++23.)
template <typename... Args>
class UniqueFunction {
 public:
  UniqueFunction() = default;

  template <typename F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> &&
             std::is_invocable_v<F&, Args...>)
  UniqueFunction(F&& f)  // NOLINT(google-explicit-constructor): a lambda is a function
      : body_(std::make_unique<Body<std::remove_cvref_t<F>>>(std::forward<F>(f))) {}

  explicit operator bool() const { return body_ != nullptr; }
  void operator()(Args... args) { body_->run(std::forward<Args>(args)...); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void run(Args... args) = 0;
  };
  template <typename F>
  struct Body final : Base {
    explicit Body(F f) : function(std::move(f)) {}
    void run(Args... args) override { function(std::forward<Args>(args)...); }
    F function;
  };

  std::unique_ptr<Base> body_;
};

/// What goes through a Mailbox, and is run at most once.
using Task = UniqueFunction<>;

}  // namespace weir::base
