#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "log/engine.hpp"
#include "log/log.hpp"
#include "log/log_state.hpp"
#include "log/namespaces.hpp"
#include "log/topic_index.hpp"

namespace weir::log {

/// What the topic index is to forget: gathered by the log thread, taken by the one that may change
/// the index.
struct IndexTrims {
  base::Sequence floor;
  std::vector<std::pair<std::string, base::Sequence>> topics;
};

/// Takes away what need not be kept: whole rows of namespaces beyond their limits, and the dead
/// events of trimmed topics, by rewriting rows of which half is dead; and that topics have ended
/// whose events are gone. In small steps between commits. Log thread.
class Retention {
 public:
  /// All outlive this.
  struct Context {
    Engine* engine;
    LogState* state;
    TopicIndex* index;
    base::Guarded<IndexTrims>* index_trims;
    Listener* listener;  ///< May be null.
    const base::Clock* clock;
  };

  explicit Retention(Context context) : context_(context) {}

  /// The topic's events up to the floor are dead.
  void add_trimmed(std::string topic, base::Sequence floor);

  /// One transaction's worth of work. True if there is more to do now.
  bool step(const Namespaces& namespaces);

 private:
  /// What a transaction of this class changes, to be taken over when it is committed.
  struct Changes {
    std::vector<RowInfo> erased;
    std::vector<std::pair<RowInfo, RowInfo>> rewritten;  ///< From, to.
    base::Sequence floor;
    std::unordered_map<std::string, base::Sequence> topic_floors;
    std::vector<std::string> reopened;
    base::Sequence cleaned_up_to;  ///< Of the first trimmed topic.
    bool cleaned = false;          ///< All of it.
  };
  struct Trimmed {
    std::string topic;
    base::Sequence floor;
    base::Sequence done;
  };

  bool over_limit(const NamespaceRules& rules, const Totals& totals, const RowInfo& oldest) const;
  base::Result<> erase_old(const Namespaces& namespaces, Changes& changes);
  base::Result<> erase_excess(Changes& changes);
  base::Result<> erase(const RowInfo& row, Changes& changes);
  base::Result<> erase_told(const RowInfo& row, Changes& changes);
  base::Result<> note_lost_topics(const RowInfo& row, Changes& changes);
  base::Result<> clean_trimmed(Changes& changes);
  base::Result<> clean_row(const RowInfo& row, const TopicFloors& floors, Changes& changes);
  base::Result<> move_floor(Changes& changes);
  void find_forgotten_closures(Changes& changes);
  base::Result<> save(const Changes& changes);
  void note_cleaned(const Changes& changes);
  void take_over(const Changes& changes);
  bool fail(const base::Error& error);

  Context context_;
  std::deque<Trimmed> trimmed_;
  LogRecord written_;
  std::unordered_map<NamespaceId, Totals> totals_;  // As the transaction at hand leaves them.
  bool more_ = false;
  bool failing_ = false;  // It has been said.
};

}  // namespace weir::log
