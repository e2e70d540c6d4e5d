#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/call.hpp"
#include "base/result.hpp"
#include "hub/shard.hpp"
#include "hub/subscriber_view.hpp"

namespace weir::api {

/// Which subscribers are asked for.
struct ConnectionQuery {
  std::optional<std::string> topic;      ///< Who would be given an event on it.
  std::optional<std::string> user;       ///< Whose token or key it is.
  std::optional<std::string> transport;  ///< "sse", "websocket", "long_poll".

  /// Reads `topic`, `user` and `transport` of the query. kBadRequest, kBadTopic.
  static base::Result<ConnectionQuery> read(const Call& call);
  bool matches(const hub::SubscriberView& subscriber) const;
};

/// A client by name: the server's, or that which it gave itself.
class NamedClient {
 public:
  explicit NamedClient(std::string name)
      : id_(hub::ClientId::parse(name)), name_(std::move(name)) {}

  bool is(const hub::SubscriberView& subscriber) const {
    return (id_ && *id_ == subscriber.client) || (!name_.empty() && name_ == subscriber.given_id);
  }
  const std::string& name() const { return name_; }

 private:
  std::optional<hub::ClientId> id_;
  std::string name_;
};

/// Where a subscriber stands in the list of all: the shards' places in their order. Stays the same
/// for as long as it is connected, whoever else comes and goes.
struct ListPlace {
  std::size_t shard = 0;
  std::uint32_t slot = 0;

  friend constexpr auto operator<=>(const ListPlace&, const ListPlace&) = default;
  std::string text() const;
  static std::optional<ListPlace> parse(std::string_view text);
};

/// Whether it is one to show: not one that only keeps a WebSocket whose subscriptions are shown.
bool is_shown(const hub::SubscriberView& subscriber);

/// As JSON, for operators. `batches_left` is what may still be looked at to say how much is owed;
/// what was is taken from it.
std::string connection_json(const hub::Shard& shard, std::size_t index,
                            const hub::SubscriberView& subscriber, std::size_t& batches_left);

}  // namespace weir::api
