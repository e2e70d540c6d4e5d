#pragma once

// A view is a resource whose every change is also an event, in the same commit: state in the
// applications' tables, changes on a topic of the server's own. What the applications share of it:
//
//   GET resource            View::answer   the state, and the cursor at which it is true
//   GET resource/stream     View::stream   that state as `event: snapshot`, then every change
//   GET resource/changes    View::changes  the same by polling, `since` a cursor

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/call.hpp"
#include "api/subscriptions.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"
#include "proto/field_mask.hpp"

namespace weir::apps {

/// A view's state as it is told.
struct ViewState {
  std::string json;
  /// Another one whenever the state is another one, or of something else (api/entity_tag.hpp);
  /// empty: none is sent. It need not tell of the log: View sees to that.
  std::string tag = {};
};

/// Reads the state; `cursor` is where it is true. Runs where log::Log::read_state runs it: not on
/// the shard's thread.
using ViewRead =
    std::function<base::Result<ViewState>(log::State& state, const std::string& cursor)>;

/// What changes are of.
struct ViewSource {
  std::string topic;
  ViewRead snapshot;
  /// Whether there is such a thing, asked where no snapshot is read; none: there always is.
  std::function<base::Result<>(log::State&)> exists = {};
  /// Instead, without a query: the state as memory holds it, none if it does not. `cursor` is the
  /// log's head, and the state holds every commit up to there. Shard thread.
  std::function<std::optional<ViewState>(const std::string& cursor)> held = {};
  /// What the events keep of their data in place of what the request says; null: that.
  std::shared_ptr<const proto::FieldMask> fields = {};
};

/// The ways to a view. Who is asking has been checked by then. One per shard; its thread only.
class View {
 public:
  View(hub::Hub& hub, std::size_t shard, api::Subscriptions& subscriptions)
      : hub_(hub), shard_(shard), subscriptions_(subscriptions) {}

  /// Answers with the state, or with 304 where the client has it.
  void answer(const api::CallPtr& call, ViewRead read);
  /// The same of what a stream begins with.
  void answer(const api::CallPtr& call, ViewSource source);

  /// Opens what the request asks for by its `Accept`: after a cursor that the log still honours the
  /// changes after it; without one, or after `event: gap`, the snapshot first.
  void stream(const api::CallPtr& call, ViewSource source);
  /// The same as one answer to a poll, after `since` (or `after`, or `Last-Event-ID`).
  void changes(const api::CallPtr& call, ViewSource source);

  /// Reads what is asked for beside a view, on a reader's thread of the log, and calls `done` on
  /// the shard's.
  template <typename T>
  void read(std::function<base::Result<T>(log::State&)> look,
            std::function<void(base::Result<T>)> done) {
    read_at<T>([look = std::move(look)](log::State& state, base::Sequence) { return look(state); },
               std::move(done));
  }

 private:
  enum class By { kRequest, kPoll };

  void open(const api::CallPtr& call, ViewSource source, By by);
  void begin(const api::CallPtr& call, const std::string& topic, api::Opening opening, By by);
  void begin_with_snapshot(const api::CallPtr& call, ViewSource source, std::string requested,
                           std::string_view reason, By by);
  /// Why the log cannot deliver everything after the cursor, as `event: gap` says it; or "".
  std::string_view why_not(const std::string& topic, std::string_view cursor) const;

  template <typename T>
  void read_at(std::function<base::Result<T>(log::State&, base::Sequence at)> look,
               std::function<void(base::Result<T>)> done) {
    auto found = std::make_shared<base::Result<T>>(T{});
    auto& log = hub_.log();
    log.read_state(
        [found, look = std::move(look), &log](log::State& state,
                                              base::Sequence as_of) -> base::Result<> {
          // Of what the shards have not been told yet they know no cursor. The tables may be newer
          // than what is said: a change that they hold comes once more, and has an old `rev`.
          *found = look(state, std::min(as_of, log.head()));
          return {};
        },
        [found, &shard = hub_.shard(shard_),
         done = std::move(done)](const base::Result<>& outcome) {
          if (!outcome) *found = outcome.error();
          shard.answer([found, done] { done(std::move(*found)); });
        });
  }

  struct Taken {
    ViewState state;
    base::Sequence at;
  };
  void take(ViewRead read, std::function<void(base::Result<Taken>)> done);
  void take(ViewSource source, std::function<void(base::Result<Taken>)> done);
  void respond(const api::CallPtr& call, const base::Result<Taken>& taken) const;

  hub::Hub& hub_;
  std::size_t shard_;
  api::Subscriptions& subscriptions_;
};

}  // namespace weir::apps
