#include "api/pages/pages.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "api/pages/page_files.hpp"

namespace weir::api {
namespace {

// Everything the page uses comes from this server, so nothing else is allowed, not even inline.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view content_type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

/// RFC 9110, 13.1.2: any of the listed tags, compared weakly, or `*`. Our tags hold no comma.
bool has_tag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const auto comma = std::min(if_none_match.find(','), if_none_match.size());
    auto tag = if_none_match.substr(0, comma);
    if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!tag.empty() && blank(tag.front())) tag.remove_prefix(1);
    while (!tag.empty() && blank(tag.back())) tag.remove_suffix(1);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

void answer(Call& call, const PageFile& file) {
  net::Response response;
  response.set("ETag", std::string(file.etag));
  // Kept, but asked for anew each time: a page never runs with the parts of another version.
  response.set("Cache-Control", "no-cache");
  response.set("Content-Security-Policy", std::string(kContentSecurityPolicy));
  if (has_tag(call.header("If-None-Match"), file.etag)) {
    response.status = 304;
  } else {
    response.set("Content-Type", std::string(content_type_of(file.name)));
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Referrer-Policy", "no-referrer");
    response.body = file.body;
  }
  call.respond(std::move(response));
}

}  // namespace

void add_pages(Router& router) {
  for (const auto& file : page_files()) {
    const auto path =
        file.name == "index.html" ? std::string("/") : "/assets/" + std::string(file.name);
    router.add("GET", path,
               {.handle = [&file](const CallPtr& call) { answer(*call, file); },
                .handle_stream = {},
                .streams = {},
                .body_bytes_max = {},
                .audience = Audience::kEverybody});
  }
}

}  // namespace weir::api
