#include "api/console/connections_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/console/connection_rows.hpp"
#include "api/query_number.hpp"
#include "proto/json.hpp"

namespace weir::api {
namespace {

constexpr std::uint32_t kListDefault = 100;
// What one answer may look at to say how much its subscribers are owed.
constexpr std::size_t kAnswerBatchesMax = 16'384;
// Of one client id, which clients that name themselves may share.
constexpr std::size_t kShownMax = 1'000;

/// What is gathered of the list, one shard after the other.
struct Page {
  ConnectionQuery query;
  std::size_t limit;
  std::optional<ListPlace> after;
  std::string rows = {};
  std::size_t count = 0;
  std::uint64_t total = 0;
  ListPlace last = {};
  bool more = false;
  std::size_t batches_left = kAnswerBatchesMax;

  void take(const hub::Shard& shard, std::size_t index, const hub::SubscriberView& subscriber) {
    if (!query.matches(subscriber) || !is_shown(subscriber)) return;
    ++total;
    const ListPlace place{index, subscriber.place.slot};
    if (after && place <= *after) return;
    if (count == limit) {
      more = true;
      return;
    }
    if (count++ > 0) rows.push_back(',');
    rows += connection_json(shard, index, subscriber, batches_left);
    last = place;
  }

  std::string json() const {
    return fmt::format(R"({{"connections":[{}],"total":{},"next":{}}})", rows, total,
                       more ? proto::json_string(last.text()) : "null");
  }
};

base::Error no_connection(std::string client_id) {
  return base::make_error(base::ErrorCode::kNoConnection, std::move(client_id));
}

}  // namespace

void ConnectionsList::add_routes(Router& router) {
  const auto action = [](std::function<void(CallPtr)> handle) {
    return Action{std::move(handle), {}, {}, {}, Audience::kAdmin};
  };
  router.add("GET", "/v1/connections", action([this](const CallPtr& call) { list(call); }));
  router.add("GET", "/v1/connections/", action([this](const CallPtr& call) { show(call); }));
  router.add("DELETE", "/v1/connections/",
             action([this](const CallPtr& call) { disconnect(call); }));
}

void ConnectionsList::list(const CallPtr& call) {
  auto query = ConnectionQuery::read(*call);
  if (!query) return call->fail(query.error());
  const auto most = call->settings().connections_page_max;
  const auto limit = query_number(*call, "limit", 1, most, std::min(most, kListDefault));
  if (!limit) return call->fail(limit.error());
  std::optional<ListPlace> after;
  if (const auto text = call->target().get("after").value_or(""); !text.empty()) {
    after = ListPlace::parse(text);
    if (!after) {
      return call->fail(
          base::make_error(base::ErrorCode::kBadRequest, "after is the next of a page before"));
    }
  }
  auto page = std::make_shared<Page>(
      Page{.query = std::move(*query), .limit = *limit, .after = std::move(after)});
  hub_.visit_subscribers(
      shard_,
      [page](const hub::Shard& shard, std::size_t index, const hub::SubscriberView& subscriber) {
        page->take(shard, index, subscriber);
      },
      [page, call] { call->respond_json(page->json()); });
}

/// The first of its subscriptions, with the list of them all.
void ConnectionsList::show(const CallPtr& call) {
  const auto client_id = proto::decode_path(call->rest());
  if (!client_id) return call->fail(client_id.error());
  struct Found {
    std::vector<std::string> rows;
    std::size_t batches_left = kAnswerBatchesMax;
  };
  const auto found = std::make_shared<Found>();
  hub_.visit_subscribers(
      shard_,
      [found, client = NamedClient(*client_id)](const hub::Shard& shard, std::size_t index,
                                                const hub::SubscriberView& subscriber) {
        if (!client.is(subscriber) || !is_shown(subscriber)) return;
        if (found->rows.size() == kShownMax) return;
        found->rows.push_back(connection_json(shard, index, subscriber, found->batches_left));
      },
      [found, call, client_id = *client_id] {
        if (found->rows.empty()) return call->fail(no_connection(client_id));
        auto json = found->rows.front();
        json.pop_back();
        call->respond_json(
            fmt::format(R"({},"subscriptions":[{}]}})", json, fmt::join(found->rows, ",")));
      });
}

void ConnectionsList::disconnect(const CallPtr& call) {
  const auto client_id = proto::decode_path(call->rest());
  if (!client_id) return call->fail(client_id.error());
  const auto found = std::make_shared<bool>(false);
  hub_.visit_subscribers(
      shard_,
      [found, client = NamedClient(*client_id)](hub::Shard& shard, std::size_t,
                                                const hub::SubscriberView& subscriber) {
        if (!client.is(subscriber)) return;
        *found = true;
        shard.disconnect(subscriber.place);
      },
      [found, call, client_id = *client_id] {
        if (!*found) return call->fail(no_connection(client_id));
        net::Response response;
        response.status = 204;
        call->respond(std::move(response));
      });
}

}  // namespace weir::api
