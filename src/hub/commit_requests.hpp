#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/task.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"

namespace weir::hub {

/// A publish on its way through the log. `deliver_outcome` is called on the log thread.
class PublishCommit final : public log::CommitRequest {
 public:
  using Outcome = base::UniqueFunction<base::Result<Published>>;

  PublishCommit(PublishRequest request, base::Epoch epoch, std::chrono::milliseconds window,
                Outcome deliver_outcome);

  base::Result<> apply(log::Transaction& transaction) override;
  void complete(base::Result<> outcome) override;
  std::size_t bytes() const override { return bytes_; }

 private:
  base::Result<> append_all(log::Transaction& transaction);

  PublishRequest request_;
  std::chrono::milliseconds window_;
  Outcome deliver_outcome_;
  std::size_t bytes_ = 0;
  Published published_;
};

/// Anything else that changes the log: `change` runs inside the transaction, `done` learns the
/// outcome; both on the log thread.
class StateCommit final : public log::CommitRequest {
 public:
  using Change = std::function<base::Result<>(log::Transaction&)>;
  using Done = std::function<void(base::Result<>)>;

  StateCommit(Change change, Done done) : change_(std::move(change)), done_(std::move(done)) {}

  base::Result<> apply(log::Transaction& transaction) override { return change_(transaction); }
  void complete(base::Result<> outcome) override { done_(std::move(outcome)); }
  std::size_t bytes() const override { return sizeof *this; }

 private:
  Change change_;
  Done done_;
};

}  // namespace weir::hub
