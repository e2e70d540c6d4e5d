#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "api/router.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"
#include "proto/event.hpp"

namespace weir::api {

/// The native publish calls: `POST /v1/topics/{topic…}` and `POST /v1/publish`. One per shard; its
/// thread only.
class PublishApi {
 public:
  PublishApi(hub::Hub& hub, std::size_t shard) : hub_(hub), shard_(shard) {}

  void add_routes(Router& router);

 private:
  void publish_raw(CallPtr call);
  void publish_json(CallPtr call);
  void publish_atomic_lines(CallPtr call);
  std::unique_ptr<BodyReader> publish_lines(CallPtr call);
  void publish(CallPtr call, std::vector<proto::Event> events, bool as_array, bool as_lines);

  hub::Hub& hub_;
  std::size_t shard_;
};

/// Reads a whole body of lines for `?atomic=true`: every line must be valid. The error's detail
/// names the line.
base::Result<std::vector<proto::Event>> parse_lines(std::string_view body,
                                                    const proto::EventLimits& limits);

proto::EventLimits event_limits(const base::Settings& settings);

/// What an Idempotency-Key may be, and that it does not stand on ephemeral events. kBadRequest.
base::Result<> check_idempotency_key(std::string_view key, std::span<const proto::Event> events);

/// `{"cursor":"…","sequence":n}`; for an ephemeral event the cursor is the log's head and the
/// sequence null.
std::string published_json(base::Epoch epoch, std::optional<base::Sequence> sequence,
                           base::Sequence head);

}  // namespace weir::api
