#include "api/console/metrics_api.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace weir::api {

void MetricsApi::add_routes(Router& router) {
  router.add("GET", "/v1/metrics/history",
             {[this](const CallPtr& call) {
                std::string json = fmt::format(R"({{"interval_ms":{},"samples":[)",
                                               MetricsHistory::kInterval.count());
                bool first = true;
                for (const auto& sample : status_.history.all()) {
                  if (!std::exchange(first, false)) json.push_back(',');
                  json += *sample;
                }
                call->respond_json(json + "]}");
              },
              {},
              {},
              {},
              Audience::kAdmin});
}

}  // namespace weir::api
