#include "embed/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "api/access/client_address.hpp"
#include "base/ascii.hpp"
#include "base/logging.hpp"
#include "embed/program_access.hpp"
#include "embed/shard_link.hpp"
#include "net/http_message.hpp"
#include "proto/json.hpp"

namespace weir {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string_view first(const Fields& fields, std::string_view name, bool any_case) {
  const auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& field) {
    return any_case ? base::equal_ignoring_case(field.first, name) : field.first == name;
  });
  return at == fields.end() ? std::string_view() : std::string_view(at->second);
}

}  // namespace

/// A request with its own copy of what the program may look at: the original belongs to its shard.
class Request::Impl {
 public:
  Impl(embed::ShardLink link, api::CallPtr call)
      : method(call->head().method),
        path(call->target().raw_path),
        rest(call->rest()),
        query(call->target().query),
        headers(call->head().headers.begin(), call->head().headers.end()),
        body(call->body()),
        user(call->access().subject),
        address(api::address_text(api::client_address(call->head(), call->settings()),
                                  api::kUnixClient)),
        secure(call->head().secure),
        gone_(std::make_shared<std::atomic<bool>>(false)),
        link_(std::move(link)),
        call_(std::move(call)) {
    call_->exchange().on_abort([gone = gone_] { *gone = true; });
  }
  ~Impl() {
    auto answer = net::problem_response(
        base::make_error(base::ErrorCode::kInternal, "the request was not answered"));
    on_shard([answer = std::move(answer)](embed::Core&, const api::CallPtr& call) mutable {
      call->respond(std::move(answer));
    });
  }

  /// Runs `answer` on the request's shard, where the call lives on until then. Only the first has a
  /// call to answer.
  template <typename Answer>
  void on_shard(Answer answer) {
    if (answered_.exchange(true)) return;
    link_.post([call = std::move(call_), answer = std::move(answer)](embed::Core& core) mutable {
      if (call->exchange().alive()) answer(core, call);
    });
  }

  /// By itself, or with the hub.
  bool gone() const { return *gone_ || link_.broken(); }
  std::size_t shard() const { return link_.shard(); }

  const std::string method;
  const std::string path;
  const std::string rest;
  const Fields query;
  const Fields headers;
  const std::string body;
  const std::string user;
  const std::string address;
  const bool secure;

 private:
  const std::shared_ptr<std::atomic<bool>> gone_;
  embed::ShardLink link_;
  api::CallPtr call_;
  std::atomic<bool> answered_{false};
};

Request::Request(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Request::Request(const Request&) noexcept = default;
Request& Request::operator=(const Request&) noexcept = default;
Request::Request(Request&&) noexcept = default;
Request& Request::operator=(Request&&) noexcept = default;
Request::~Request() = default;

const std::string& Request::method() const { return impl_->method; }
const std::string& Request::path() const { return impl_->path; }
std::string_view Request::rest() const { return impl_->rest; }
std::string_view Request::query(std::string_view name) const {
  return first(impl_->query, name, false);
}
std::string_view Request::header(std::string_view name) const {
  return first(impl_->headers, name, true);
}
const std::string& Request::body() const { return impl_->body; }
const std::string& Request::user() const { return impl_->user; }
const std::string& Request::address() const { return impl_->address; }
bool Request::secure() const { return impl_->secure; }
bool Request::gone() const { return impl_->gone(); }

void Request::respond(Response response) {
  net::Response answer{.status = response.status,
                       .headers = std::move(response.headers),
                       .body = std::move(response.body)};
  impl_->on_shard([answer = std::move(answer)](embed::Core&, const api::CallPtr& call) mutable {
    call->respond(std::move(answer));
  });
}

void Request::fail(int status, std::string_view title, std::string_view detail) {
  std::string body = fmt::format(R"({{"type":"about:blank","title":{},"status":{})",
                                 proto::json_string(title), status);
  if (!detail.empty()) body += ",\"detail\":" + proto::json_string(detail);
  respond({.status = status,
           .headers = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
           .body = body + "}\n"});
}

void Request::stream(StreamOptions options) {
  impl_->on_shard([shard = impl_->shard(), options = std::move(options)](embed::Core& core,
                                                                         const api::CallPtr& call) {
    auto selectors = proto::make_selectors(options.topics, options.match,
                                           call->settings().subscription_topics_max);
    if (!selectors) {
      base::log_error("embed.bad_stream", "path={} error=\"{}\"", call->target().raw_path,
                      selectors.error().message());
      return call->fail(base::make_error(base::ErrorCode::kInternal));
    }
    auto access = embed::follower_of(call->access(), options.user, *selectors);
    auto granted =
        std::make_shared<api::Call>(call->shared_exchange(), call->rest(), core.hub().settings(),
                                    std::move(access), call->gate());
    core.api(shard).subscriptions().open(std::move(granted), std::move(*selectors));
  });
}

}  // namespace weir

namespace weir::embed {

base::Result<> check_route(const Core::Route& route) {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  const auto wrong = [](std::string what) {
    return base::make_error(base::ErrorCode::kUsage, std::move(what));
  };
  if (std::find(kMethods.begin(), kMethods.end(), route.method) == kMethods.end()) {
    return wrong(fmt::format("\"{}\" is not a method that a route can have", route.method));
  }
  const bool visible =
      std::all_of(route.path.begin(), route.path.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!route.path.starts_with('/') || !visible ||
      route.path.find_first_of("?#") != route.path.npos) {
    return wrong(fmt::format("\"{}\" is not a path as it is sent", route.path));
  }
  if (!route.handler) return wrong("a route needs a handler");
  return {};
}

void add_route(std::weak_ptr<Core> core, std::size_t shard, const Core::Route& route,
               api::Router& router) {
  constexpr std::array<api::Audience, 4> kAudiences = {
      api::Audience::kEverybody, api::Audience::kReader, api::Audience::kPublisher,
      api::Audience::kAdmin};
  router.add(
      route.method, route.path,
      {.handle =
           [link = ShardLink(std::move(core), shard), handler = route.handler](api::CallPtr call) {
             const base::CallGate::Mark mark;
             handler(Request(std::make_shared<Request::Impl>(link, std::move(call))));
           },
       .handle_stream = {},
       .streams = {},
       .body_bytes_max = [most = route.options.body_bytes_max](const auto&,
                                                               const auto&) { return most; },
       .audience = kAudiences[static_cast<std::size_t>(route.options.audience)]});
}

}  // namespace weir::embed
