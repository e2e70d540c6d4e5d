#include "apps/view/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/entity_tag.hpp"
#include "api/subscription_query.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"

namespace weir::apps {
namespace {

// A cursor that a client sent is shown back to it, but not at any length.
constexpr std::size_t kShownBytesMax = 256;

/// Where a poll of the changes begins.
base::Result<hub::Start> read_since(const api::Call& call) {
  if (const auto since = call.target().get("since")) return api::start_of(*since, 0);
  return api::read_start(call);
}

}  // namespace

void View::take(ViewRead read, std::function<void(base::Result<Taken>)> done) {
  read_at<Taken>(
      [read = std::move(read), epoch = hub_.log().epoch()](
          log::State& state, base::Sequence at) -> base::Result<Taken> {
        auto found = read(state, proto::to_string({epoch, at}));
        if (!found) return found.error();
        return Taken{std::move(*found), at};
      },
      std::move(done));
}

void View::take(ViewSource source, std::function<void(base::Result<Taken>)> done) {
  if (source.held) {
    // The head first: what is committed from here on may be in the state, and comes once more.
    const auto at = hub_.log().head();
    if (auto held = source.held(proto::to_string({hub_.log().epoch(), at}))) {
      return done(Taken{std::move(*held), at});
    }
  }
  take(std::move(source.snapshot), std::move(done));
}

void View::answer(const api::CallPtr& call, ViewRead read) {
  take(std::move(read), [this, call](const base::Result<Taken>& taken) { respond(call, taken); });
}

void View::answer(const api::CallPtr& call, ViewSource source) {
  take(std::move(source), [this, call](const base::Result<Taken>& taken) { respond(call, taken); });
}

void View::respond(const api::CallPtr& call, const base::Result<Taken>& taken) const {
  if (!taken) return call->fail(taken.error());
  const auto& state = taken->state;
  net::Response response;
  std::string tag;
  if (state.tag.empty()) {
    response.set("Cache-Control", "no-store");
  } else {
    // After a restore the cursor in an answer leads nowhere, even where the state is the same.
    tag = fmt::format("{:016x}-{}", hub_.log().epoch().value, state.tag);
    response.set("ETag", api::quoted_tag(tag));
    // A browser's cache may keep it, and asks each time whether it still holds.
    response.set("Cache-Control", "private, no-cache");
    response.set("Vary", std::string(api::kVaryByCaller));
  }
  if (api::names_tag(*call, tag)) {
    response.status = 304;
  } else {
    response.set("Content-Type", "application/json");
    response.body = state.json + "\n";
  }
  call->respond(std::move(response));
}

void View::stream(const api::CallPtr& call, ViewSource source) {
  open(call, std::move(source), By::kRequest);
}

void View::changes(const api::CallPtr& call, ViewSource source) {
  open(call, std::move(source), By::kPoll);
}

void View::open(const api::CallPtr& call, ViewSource source, By by) {
  using Kind = hub::Start::Kind;
  auto start = by == By::kPoll ? read_since(*call) : api::read_start(*call);
  if (!start) return call->fail(start.error());
  if (start->kind == Kind::kLatest) {
    return begin_with_snapshot(call, std::move(source), {}, {}, by);
  }
  if (start->kind == Kind::kCursor) {
    if (const auto reason = why_not(source.topic, start->text); !reason.empty()) {
      return begin_with_snapshot(call, std::move(source), start->text.substr(0, kShownBytesMax),
                                 reason, by);
    }
  }
  api::Opening opening{.client = subscriptions_.new_client(),
                       .granted = true,
                       .start = std::move(*start),
                       .fields = source.fields};
  if (!source.exists) return begin(call, source.topic, std::move(opening), by);
  read<bool>(
      [exists = std::move(source.exists)](log::State& state) -> base::Result<bool> {
        if (auto found = exists(state); !found) return found.error();
        return true;
      },
      [this, call, topic = std::move(source.topic), opening = std::move(opening),
       by](const base::Result<bool>& found) {
        if (!call->exchange().alive()) return;
        if (!found) return call->fail(found.error());
        begin(call, topic, opening, by);
      });
}

void View::begin(const api::CallPtr& call, const std::string& topic, api::Opening opening, By by) {
  auto selectors = proto::make_selectors({topic}, {}, 1);
  if (!selectors) return call->fail(selectors.error());
  if (by == By::kPoll) {
    subscriptions_.poll(call, std::move(*selectors), std::move(opening));
  } else {
    subscriptions_.open(call, std::move(*selectors), std::move(opening));
  }
}

void View::begin_with_snapshot(const api::CallPtr& call, ViewSource source, std::string requested,
                               std::string_view reason, By by) {
  auto topic = source.topic;
  auto fields = source.fields;
  take(std::move(source), [this, call, topic = std::move(topic), fields = std::move(fields),
                           requested = std::move(requested), reason,
                           by](base::Result<Taken> taken) {
    if (!call->exchange().alive()) return;
    if (!taken) return call->fail(taken.error());
    const auto cursor = proto::to_string({hub_.log().epoch(), taken->at});
    api::Opening opening{
        .client = subscriptions_.new_client(),
        .granted = true,
        .start = hub::Start{.kind = hub::Start::Kind::kCursor, .text = cursor, .resumes = false},
        .fields = fields,
        .snapshot = api::Snapshot{topic, std::move(taken->state.json), taken->at,
                                  hub_.clock().unix_millis()}};
    if (!reason.empty()) {
      opening.gap = fmt::format(R"({{"requested":{},"available_from":"{}","reason":"{}"}})",
                                proto::json_string(requested), cursor, reason);
    }
    begin(call, topic, std::move(opening), by);
  });
}

std::string_view View::why_not(const std::string& topic, std::string_view text) const {
  const auto& log = hub_.log();
  const auto cursor = proto::parse_cursor(text);
  if (!cursor) return "unknown";
  if (cursor->epoch != log.epoch()) return "epoch";
  const auto at = cursor->sequence;
  // The shard may have heard of a commit whose publisher is yet to be answered.
  if (at > std::max(log.head(), hub_.shard(shard_).head_cursor().sequence)) return "unknown";
  const auto floors = log.floors();
  const auto own = floors->topics.find(topic);
  if (at < floors->all || (own != floors->topics.end() && at < own->second)) return "trimmed";
  proto::Selectors selectors;
  selectors.topics.push_back(topic);
  return at < log.lost_up_to(selectors) ? "trimmed" : "";
}

}  // namespace weir::apps
