#include "access/password_checker.hpp"

#include <openssl/crypto.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "base/blocking_queue.hpp"

namespace weir::access {
namespace {

struct Job {
  PasswordHash hash;
  std::string password;
  PasswordChecker::Done done;
};

}  // namespace

struct PasswordChecker::Impl {
  void run() {
    while (auto job = queue.pop()) {
      const bool over = stopping.load();
      const bool matches = !over && job->hash.matches(job->password);
      OPENSSL_cleanse(job->password.data(), job->password.size());
      waiting.fetch_sub(1);
      job->done(over ? base::make_error(base::ErrorCode::kDraining) : base::Result<bool>(matches));
    }
  }

  base::BlockingQueue<Job> queue;
  std::atomic<std::size_t> waiting{0};  // With the one at hand.
  std::atomic<bool> stopping{false};
  std::once_flag started;
  std::thread thread;
};

PasswordChecker::PasswordChecker() : impl_(std::make_unique<Impl>()) {}
PasswordChecker::~PasswordChecker() { stop(); }

bool PasswordChecker::check(PasswordHash hash, std::string password, std::size_t waiting_max,
                            Done done) {
  if (impl_->waiting.fetch_add(1) > waiting_max) {
    impl_->waiting.fetch_sub(1);
    return false;
  }
  std::call_once(impl_->started, [this] { impl_->thread = std::thread([this] { impl_->run(); }); });
  if (impl_->queue.push({std::move(hash), std::move(password), std::move(done)})) return true;
  impl_->waiting.fetch_sub(1);
  return false;
}

void PasswordChecker::stop() {
  impl_->stopping = true;
  impl_->queue.close();
  // A thread that has not begun by now never will.
  std::call_once(impl_->started, [] {});
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace weir::access
