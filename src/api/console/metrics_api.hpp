#pragma once

#include "api/operations/operations.hpp"
#include "api/router.hpp"

namespace weir::api {

/// `GET /v1/metrics/history`. One per shard; its thread only.
class MetricsApi {
 public:
  explicit MetricsApi(const ServerStatus& status) : status_(status) {}

  void add_routes(Router& router);

 private:
  const ServerStatus& status_;
};

}  // namespace weir::api
