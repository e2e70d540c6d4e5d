#pragma once

// A view is a resource whose every change is also an event, in the same commit: state in the
// applications' tables, changes on a topic of the server's own. What the applications share of it:
//
//   GET resource            View::answer   the state, and the cursor at which it is true
//   GET resource/stream     View::stream   that state as `event: snapshot`, then every change
//   GET resource/changes    View::changes  the same by polling, `since` a cursor

#include <concepts>
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
  /// Another one whenever the state is another one (api/entity_tag.hpp); empty: none is sent.
  std::string tag = {};
};

/// Reads the state; `cursor` is where it is true. Runs where log::Log::read_state runs it: not on
/// the shard's thread.
using ViewRead =
    std::function<base::Result<ViewState>(log::State& state, const std::string& cursor)>;

/// Where a view's state comes from, and how much of it is wanted.
struct ViewSource {
  template <typename Read>
    requires std::constructible_from<ViewRead, Read>
  ViewSource(Read from) : read(std::move(from)) {}  // NOLINT: a way to read is a source.

  ViewRead read;
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
  void answer(const api::CallPtr& call, const ViewSource& source);

  /// Opens what the request asks for by its `Accept`: after a cursor that the log still honours the
  /// changes after it; without one, or after `event: gap`, the snapshot first.
  void stream(const api::CallPtr& call, std::string topic, ViewSource snapshot);
  /// The same as one answer to a poll, after `since` (or `after`, or `Last-Event-ID`).
  void changes(const api::CallPtr& call, std::string topic, ViewSource snapshot);

 private:
  enum class By { kRequest, kPoll };

  void open(const api::CallPtr& call, std::string topic, ViewSource snapshot, By by);
  void begin(const api::CallPtr& call, const std::string& topic, api::Opening opening, By by);
  void begin_with_snapshot(const api::CallPtr& call, std::string topic, const ViewSource& snapshot,
                           std::string requested, std::string_view reason, By by);
  /// Why the log cannot deliver everything after the cursor, as `event: gap` says it; or "".
  std::string_view why_not(const std::string& topic, std::string_view cursor) const;

  /// Reads and comes back to the shard's thread with what was read and where.
  struct Taken {
    ViewState state;
    base::Sequence at;
  };
  void read(const ViewSource& source, std::function<void(base::Result<Taken>)> done);

  hub::Hub& hub_;
  std::size_t shard_;
  api::Subscriptions& subscriptions_;
};

}  // namespace weir::apps
