#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/batch_builder.hpp"
#include "log/engine.hpp"
#include "log/log.hpp"
#include "log/log_state.hpp"
#include "log/namespaces.hpp"
#include "log/topic_index.hpp"

namespace weir::log {

/// The transaction of a group commit, as its requests see it one after the other. What a failed
/// request did is taken back here and in the engine. Log thread.
class OpenTransaction final : public Transaction {
 public:
  struct Trim {
    std::string topic;
    base::Sequence floor;
  };
  struct Closure {
    std::string topic;
    std::optional<base::Sequence> at;  ///< None: opened again.
  };

  OpenTransaction(Engine& engine, const LogState& state, const TopicIndex& index,
                  const Namespaces& namespaces, base::UnixMillis now);

  // Transaction.
  base::Sequence append(proto::Event event) override;
  State& state() override;
  bool is_closed(std::string_view topic) const override;
  base::Result<> trim_topic(std::string_view topic, base::Sequence up_to, bool forget) override;
  base::Sequence head() const override { return builder_.last(); }
  base::UnixMillis now() const override { return now_; }

  void begin_request();
  /// Keeps or takes back what the request did. An error here concerns the whole transaction.
  base::Result<> end_request(bool keep);

  const BatchBuilder& builder() const { return builder_; }
  const std::vector<Trim>& trims() const { return trims_; }
  const std::vector<Closure>& closures() const { return closures_; }
  /// Whether a request that was kept may have changed the applications' tables.
  bool state_changed() const { return state_changed_; }

 private:
  base::Result<base::Sequence> newest_of(std::string_view topic, base::Sequence up_to) const;

  Engine* engine_;
  const LogState* log_state_;
  const TopicIndex* index_;
  const Namespaces* namespaces_;
  base::UnixMillis now_;
  BatchBuilder builder_;
  std::vector<Trim> trims_;
  std::vector<Closure> closures_;
  bool state_changed_ = false;

  // Of the request at hand.
  struct Marks {
    std::size_t events = 0;
    std::size_t trims = 0;
    std::size_t closures = 0;
  };
  Marks marks_;
  bool savepoint_ = false;
  std::optional<base::Error> savepoint_error_;
};

}  // namespace weir::log
