#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "client/http_client.hpp"
#include "client/url.hpp"

namespace weir::apps::workflow {

/// What an `http` node asks for, read from its `with`.
struct HttpCall {
  client::Url url;
  client::Request request;
  std::vector<int> expected;  ///< Statuses; empty: 200 to 299.
  std::size_t response_bytes_max = 0;

  bool expects(int status) const;
};

/// `trace` is packed (proto::pack_trace), or empty. kBadRequest with what is wrong.
base::Result<HttpCall> http_call(const boost::json::object& with, std::string_view trace,
                                 std::uint64_t output_bytes_max);

/// Follows a redirect to `target`: changes the call, or says why it is not followed. Whatever could
/// be a credential goes to no other server.
base::Result<> redirect(HttpCall& call, int status, std::string_view target);

/// ASCII letters in lower case: the name of a header, or a media type.
std::string lower_case(std::string_view text);

}  // namespace weir::apps::workflow
