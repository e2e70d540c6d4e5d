#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::api {

/// A JSON object that was posted to the small hub, taken apart: what routes it, and the data to
/// deliver.
struct SmallHubMessage {
  std::string type;       ///< From the member that names the type; empty if absent.
  std::string client_id;  ///< Of `/send`; empty: for everybody.
  std::string data;       ///< JSON, with every value's bytes as they were written.
};

/// `/broadcast`: `event` names the type and stays in the data. kBadJson, kBadEvent (not an object,
/// or a type that is no string).
base::Result<SmallHubMessage> read_broadcast(std::string_view body);

/// `/send`: `_event` names the type, `client_id` the one client that it is for; both are removed
/// from the data.
base::Result<SmallHubMessage> read_send(std::string_view body);

}  // namespace weir::api
