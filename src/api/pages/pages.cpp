#include "api/pages/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "api/pages/gunzip.hpp"
#include "api/pages/page_files.hpp"

namespace weir::api {
namespace {

constexpr std::string_view kPage = "index.html";
constexpr std::string_view kBell = "weir-bell.js";

// Everything the console uses comes from this server, so nothing else is allowed, not even inline.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Parts have names made of their content: another content is another name. The page, and the bell
// that other pages load, are kept but asked for anew each time, so that they are never older than
// the server.
constexpr std::string_view kParts = "assets/";
constexpr std::string_view kPartCaching = "public, max-age=31536000, immutable";
constexpr std::string_view kCaching = "no-cache";

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

/// The content coding to send a file in: of those that there are and that the client takes, the one
/// that it would rather have, and brotli before gzip. Empty: as it is.
std::string_view coding_for(const net::Headers& headers, const PageFile& file) {
  const int brotli = file.brotli.empty() ? 0 : headers.coding_weight("br");
  const int gzip = file.gzip.empty() ? 0 : headers.coding_weight("gzip");
  if (brotli > 0 && brotli >= gzip) return "br";
  return gzip > 0 ? "gzip" : "";
}

std::string content_of(const PageFile& file, std::string_view coding) {
  if (coding == "br") return std::string(file.brotli);
  if (coding == "gzip") return std::string(file.gzip);
  // Only a client that takes nothing compressed asks for this.
  return file.plain.empty() ? gunzip(file.gzip, file.size) : std::string(file.plain);
}

void answer(Call& call, const PageFile& file) {
  const auto coding = coding_for(call.head().headers, file);
  // Each coding is a representation of its own, and has its own tag (RFC 9110, 8.8.3.3).
  const auto etag = fmt::format("\"{}{}{}\"", file.tag, coding.empty() ? "" : "-", coding);
  net::Response response;
  response.set("ETag", etag);
  response.set("Vary", "Accept-Encoding");
  response.set("Cache-Control",
               std::string(file.name.starts_with(kParts) ? kPartCaching : kCaching));
  response.set("Content-Security-Policy", std::string(kContentSecurityPolicy));
  // The script tag of another site's page asks without CORS, and so needs to be told that it may.
  if (file.name == kBell) response.set("Cross-Origin-Resource-Policy", "cross-origin");
  if (has_tag(call.header("If-None-Match"), etag)) {
    response.status = 304;
  } else {
    response.set("Content-Type", std::string(content_type_of(file.name)));
    if (!coding.empty()) response.set("Content-Encoding", std::string(coding));
    response.body = content_of(file, coding);
  }
  call.respond(std::move(response));
}

}  // namespace

void add_pages(Router& router) {
  const auto add = [&router](std::string path, const PageFile& file) {
    router.add("GET", std::move(path),
               {.handle = [&file](const CallPtr& call) { answer(*call, file); },
                .handle_stream = {},
                .streams = {},
                .body_bytes_max = {},
                .audience = Audience::kEverybody});
  };
  for (const auto& file : page_files()) {
    if (file.name != kPage) {
      add("/" + std::string(file.name), file);
      continue;
    }
    for (const auto path : page_paths()) add(std::string(path), file);
  }
}

}  // namespace weir::api
