#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/server_options.hpp"
#include "client/http_client.hpp"

namespace weir::cli {

/// A server's workflow routes (docs/workflows.md). Calls block; main thread.
class WorkflowClient {
 public:
  explicit WorkflowClient(const ServerAccess& server);

  /// `target` is a path with its query. The error of a problem is the server's.
  base::Result<boost::json::value> get(std::string_view target);
  /// With `idempotency_key` a request that is sent again is not done again; "": none.
  base::Result<boost::json::value> post(std::string_view target, const boost::json::value& body,
                                        std::string_view idempotency_key = {});
  base::Result<boost::json::value> put(std::string_view target, std::string body,
                                       std::string_view content_type);

 private:
  base::Result<boost::json::value> send(client::Request request, std::string_view target);

  ServerAccess server_;
  client::HttpClient client_;
};

/// "/api/workflow/executions/<id>" and what follows; what is no part of a path is escaped.
std::string execution_target(std::string_view id, std::string_view rest = {});

/// A member's text; "" if there is none, or if it is no string.
std::string text_of(const boost::json::object& object, std::string_view name);
/// A member's number; `otherwise` if there is none.
std::int64_t integer_of(const boost::json::object& object, std::string_view name,
                        std::int64_t otherwise);

/// "340 ms", "12.3 s", "4 min 5 s", "2 h 10 min".
std::string duration_text(std::int64_t milliseconds);

}  // namespace weir::cli
