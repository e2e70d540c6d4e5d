#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "net/handler.hpp"
#include "proto/url.hpp"

namespace weir::api {

/// One request as the API's handlers see it: its parts, and the ways to answer it. Shared by
/// whatever the answer waits for. Shard thread only.
class Call {
 public:
  /// `rest` is a view into the head's path.
  Call(std::shared_ptr<net::Exchange> exchange, std::string_view rest,
       std::shared_ptr<const base::Settings> settings);

  const net::RequestHead& head() const { return exchange_->head(); }
  std::string_view header(std::string_view name) const;
  /// The trace that the client works in (its `traceparent`), as an event keeps it; or empty.
  std::string trace() const;
  bool is_head() const { return head().method == "HEAD"; }
  const proto::Target& target() const { return head().url; }
  /// What follows a route's prefix in the path, as sent (not decoded).
  std::string_view rest() const { return rest_; }
  std::string_view body() const { return exchange_->body(); }
  const base::Settings& settings() const { return *settings_; }
  net::Exchange& exchange() { return *exchange_; }
  std::shared_ptr<net::Exchange> shared_exchange() const { return exchange_; }

  /// Answers, with the CORS headers that the request's origin is due.
  void respond(net::Response response);
  /// The type says so where the text is more than one JSON value.
  void respond_json(std::string json, std::string type = "application/json");
  void fail(const base::Error& error);

 private:
  std::shared_ptr<net::Exchange> exchange_;
  std::string_view rest_;
  std::shared_ptr<const base::Settings> settings_;
};

using CallPtr = std::shared_ptr<Call>;

}  // namespace weir::api
