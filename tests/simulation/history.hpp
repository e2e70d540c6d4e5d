#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/settings.hpp"
#include "base/types.hpp"
#include "hub/hub.hpp"
#include "log/batch.hpp"
#include "log/log.hpp"
#include "proto/event.hpp"
#include "proto/selector.hpp"
#include "report.hpp"

namespace weir::simulation {

/// An event that the log is known to have taken.
struct KnownEvent {
  std::vector<std::string> topics;
  std::string type;
  std::string data;
  std::string key;
  std::uint8_t flags = 0;
  base::UnixMillis expires = 0;
  base::UnixMillis committed_at = 0;
};

/// What has been taken away: up to `all` for everybody, and per topic.
struct Floors {
  base::Sequence all;
  std::map<std::string, base::Sequence, std::less<>> topics;

  void raise(const Floors& other);
  /// Whether the event is gone for who wants these topics.
  bool cover(base::Sequence at, const KnownEvent& event, const proto::Selectors& selectors) const;
  /// Whether anything after the position was taken away from who wants these topics.
  bool touch(base::Sequence after, const proto::Selectors& selectors) const;
};

/// A publish and what became of it.
struct Publication {
  enum class State {
    kAsked,    ///< Not answered yet.
    kKept,     ///< Answered with success.
    kRefused,  ///< Answered with an error that says that nothing of it happened.
    kUnknown,  ///< Not answered, or answered with a broken disk: there whole, or not at all.
  };

  std::vector<proto::Event> events;
  std::string key;
  bool conflicting = false;  ///< Uses another's key: must not succeed.
  State state = State::kAsked;
  std::map<std::size_t, base::Sequence> committed;  ///< By index in `events`.
  std::size_t asked = 0;                            ///< Requests on their way.
  bool doubtful = false;  ///< Some request of it ended without a clear answer.

  std::size_t durable() const;
};

/// The oracle: everything that was published, in the order in which the log took it, and what the
/// promises 1 and 2 of the stream contract say about it. Knows events by their data, which is
/// unique.
class History {
 public:
  History(Report& report, const base::Clock& clock) : report_(&report), clock_(&clock) {}

  /// Another log: nothing of the last one counts.
  void begin(base::Epoch epoch);
  base::Epoch epoch() const { return epoch_; }

  // Publishing.
  std::size_t publish(std::vector<proto::Event> events, std::string key);
  Publication& publication(std::size_t index) { return publications_[index]; }
  std::size_t publications() const { return publications_.size(); }
  std::size_t first_publication() const { return first_of_epoch_; }  ///< Of this log.
  void on_answer(std::size_t index, const base::Result<hub::Published>& answer);
  static std::string name_event(std::size_t publication, std::size_t index);

  // What the log says.
  void on_batch(const log::Batch& batch);
  void on_trim(base::Sequence floor, const log::TopicFloors& floors);
  /// A request to trim is on its way; it may count from now on.
  std::uint64_t on_trim_asked(std::string topic, std::optional<base::Sequence> up_to);
  void on_trim_answer(std::uint64_t asked, const base::Result<>& answer);
  void on_settings(const base::Settings& settings);

  /// The server is gone: what was not answered is unknown.
  void on_crash();
  /// It is back, and has begun to work.
  void on_open(base::Sequence head) { head_at_open_ = head; }
  /// It had these batches after the floor. `may_lose_tail`: durability was weaker than
  /// the crash.
  void on_recovery(const std::vector<log::BatchPtr>& batches, base::Sequence floor,
                   base::Sequence head, bool may_lose_tail);

  const std::map<base::Sequence, KnownEvent>& events() const { return events_; }
  base::Sequence head() const { return head_; }
  const Floors& floors() const { return floors_; }
  /// Whether a crash took something after the position from who wants these topics.
  bool lost(base::Sequence after, const proto::Selectors& selectors) const;
  /// Whether one may have.
  bool may_be_lost(base::Sequence after) const { return weak_ && after < head_at_open_; }
  bool was_ephemeral(std::string_view data) const;

 private:
  void take(const log::Batch& batch, std::size_t index);
  void lose_after(base::Sequence last);
  void fill_in_trimmed(Publication& publication);
  void check_whole(std::size_t publication);
  void check_topics(base::Sequence at, const KnownEvent& event, const proto::EventView& view);
  bool is_trimmed_under(const std::string& topic, base::Sequence at) const;
  bool is_trimmed(base::Sequence at, const KnownEvent& event) const;
  bool may_be_gone(base::Sequence at, const KnownEvent& event) const;

  Report* report_;
  const base::Clock* clock_;
  base::Epoch epoch_;
  std::map<base::Sequence, KnownEvent> events_;
  std::vector<Publication> publications_;
  std::size_t first_of_epoch_ = 0;  ///< Publications before it went to another log.
  base::Sequence head_;
  base::Sequence head_at_open_;
  Floors floors_;      ///< As heard.
  bool weak_ = false;  ///< What is acknowledged need not be on the disk.
  std::map<base::Sequence, KnownEvent> lost_;
  struct AskedTrim {
    std::string topic;
    base::Sequence up_to;
  };
  std::map<std::uint64_t, AskedTrim> asked_trims_;  ///< Not answered yet.
  std::uint64_t next_trim_ = 1;
  std::uint64_t least_events_ = 0;  ///< The smallest limits of retention ever set; 0: none.
  std::chrono::milliseconds least_age_{0};
};

}  // namespace weir::simulation
