#include "apps/workflow/effects/http_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "apps/workflow/effects/with.hpp"
#include "apps/workflow/model/json_members.hpp"
#include "base/ascii.hpp"
#include "base/refusal.hpp"
#include "base/units.hpp"
#include "base/version.hpp"
#include "net/ascii.hpp"
#include "proto/trace_context.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using base::ErrorCode;
using base::make_error;
using base::Result;

constexpr std::uint64_t kResponseBytes = 1 << 20;
// Those of the connection, which the client sets.
constexpr std::string_view kOwnHeaders[] = {"host",       "content-length", "transfer-encoding",
                                            "connection", "upgrade",        "te",
                                            "trailer",    "expect"};
// What is no credential, whoever gets it.
constexpr std::string_view kPlainHeaders[] = {"accept", "accept-language", "content-type",
                                              "user-agent", "traceparent"};

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

std::string query_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Result<> add_query(const json::object& with, std::string& target) {
  const auto* query = with.if_contains("query");
  if (query == nullptr) return {};
  if (!query->is_object()) return base::bad_request("query must be an object");
  char separator = target.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : query->get_object()) {
    const auto text = scalar_text(value);
    if (!text) {
      return base::bad_request(
          fmt::format("query.{} must be text, a number or a boolean", std::string_view(name)));
    }
    target += separator + query_encoded(name) + "=" + query_encoded(*text);
    separator = '&';
  }
  return {};
}

bool has(const client::Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& each) { return lower_case(each.first) == name; });
}

Result<> add_headers(const json::object& with, client::Headers& headers) {
  const auto* given = with.if_contains("headers");
  if (given == nullptr) return {};
  if (!given->is_object()) return base::bad_request("headers must be an object");
  for (const auto& [name, value] : given->get_object()) {
    const std::string_view text(name);
    const auto content = scalar_text(value);
    if (!net::is_token(text)) {
      return base::bad_request(fmt::format("\"{}\" is no name of a header", text));
    }
    if (!content || !is_header_value(*content)) {
      return base::bad_request(fmt::format("headers.{} must be a line of text", text));
    }
    const auto own = lower_case(text);
    if (std::find(std::begin(kOwnHeaders), std::end(kOwnHeaders), own) != std::end(kOwnHeaders)) {
      return base::bad_request(fmt::format("headers.{} is set by the request itself", text));
    }
    headers.emplace_back(text, *content);
  }
  return {};
}

void add_body(const json::object& with, client::Request& request) {
  if (const auto* value = with.if_contains("json")) {
    request.body = json::serialize(*value);
    if (!has(request.headers, "content-type")) {
      request.headers.emplace_back("Content-Type", "application/json");
    }
  } else {
    request.body = text_member(with, "body");
  }
}

Result<> read_expectations(const json::object& with, std::uint64_t output_bytes_max,
                           HttpCall& call) {
  if (const auto* expect = with.if_contains("expect")) {
    if (!expect->is_array()) return base::bad_request("expect must be an array of statuses");
    for (const auto& each : expect->get_array()) {
      if (!each.is_int64()) return base::bad_request("expect must be an array of statuses");
      call.expected.push_back(static_cast<int>(each.get_int64()));
    }
  }
  std::uint64_t bytes = kResponseBytes;
  if (const auto* given = with.if_contains("responseBytesMax")) {
    const auto read = base::parse_bytes(scalar_text(*given).value_or(""));
    if (!read) return base::bad_request("responseBytesMax: " + read.error().detail);
    bytes = *read;
  }
  call.response_bytes_max = static_cast<std::size_t>(std::min(bytes, output_bytes_max));
  return {};
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out;
  for (const char c : text) out.push_back(base::to_lower(c));
  return out;
}

bool HttpCall::expects(int status) const {
  if (expected.empty()) return status >= 200 && status < 300;
  return std::find(expected.begin(), expected.end(), status) != expected.end();
}

Result<HttpCall> http_call(const json::object& with, std::string_view trace,
                           std::uint64_t output_bytes_max) {
  HttpCall call;
  auto url = client::parse_url(text_member(with, "url"));
  if (!url) return base::bad_request("url: " + url.error().detail);
  call.url = std::move(*url);
  auto& request = call.request;
  if (const auto method = text_member(with, "method"); !method.empty()) request.method = method;
  if (!net::is_token(request.method) || request.method == "CONNECT") {
    return base::bad_request(fmt::format("method: \"{}\" cannot be sent", request.method));
  }
  request.target = call.url.target;
  if (auto added = add_query(with, request.target); !added) return added.error();
  call.url.target = request.target;
  if (auto added = add_headers(with, request.headers); !added) return added.error();
  add_body(with, request);
  if (!has(request.headers, "user-agent")) {
    request.headers.emplace_back("User-Agent", fmt::format("weir/{}", base::version()));
  }
  if (!has(request.headers, "accept")) request.headers.emplace_back("Accept", "*/*");
  if (const auto context = proto::unpack_trace(trace);
      context && !has(request.headers, "traceparent")) {
    request.headers.emplace_back("traceparent", proto::format_traceparent(*context));
  }
  if (auto read = read_expectations(with, output_bytes_max, call); !read) return read.error();
  return call;
}

Result<> redirect(HttpCall& call, int status, std::string_view target) {
  const auto to = client::resolve(call.url, target);
  if (!to) return to.error();
  const auto refused = [&](std::string_view why) {
    return make_error(ErrorCode::kNetwork,
                      fmt::format("the server redirects to {}, {}", to->origin(), why));
  };
  if (call.url.secure && !to->secure) return refused("which is not followed from https");
  auto& request = call.request;
  const bool asks = request.method == "GET" || request.method == "HEAD";
  // 307 and 308 ask for the same again; else what had been sent has been taken (RFC 9110, 15.4).
  if (!asks && status != 307 && status != 308) {
    request.method = "GET";
    request.body.clear();
    std::erase_if(request.headers,
                  [](const auto& each) { return lower_case(each.first) == "content-type"; });
  }
  if (!call.url.same_origin(*to)) {
    if (!request.body.empty()) return refused("another server, which does not get the body");
    std::erase_if(request.headers, [](const auto& each) {
      return std::find(std::begin(kPlainHeaders), std::end(kPlainHeaders),
                       lower_case(each.first)) == std::end(kPlainHeaders);
    });
  }
  call.url = *to;
  request.target = to->target;
  return {};
}

}  // namespace weir::apps::workflow
