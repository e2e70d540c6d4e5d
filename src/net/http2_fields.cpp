#include "net/http2_fields.hpp"

#include <algorithm>
#include <array>

#include "net/ascii.hpp"
#include "net/response_writer.hpp"

namespace weir::net {
namespace {

// Fields that say something of one HTTP/1.1 connection (RFC 9113, 8.2.2).
constexpr std::array<std::string_view, 5> kOfConnection = {
    "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};

bool is_of_connection(std::string_view name) {
  return std::any_of(kOfConnection.begin(), kOfConnection.end(),
                     [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

}  // namespace

Http2Fields::Http2Fields(const Response& response, std::string_view date, Length length) {
  text_.reserve(512);
  places_.reserve(response.headers.size() + 4);
  add(":status", std::to_string(response.status));
  add("server", "weir");
  add("date", date);
  for (const auto& [name, value] : response.headers) {
    if (!is_of_connection(name)) add(name, value);
  }
  if (length == Length::kOfBody && status_has_body(response.status)) {
    add("content-length", std::to_string(response.body.size()));
  }
  // Only now, because the text has moved while it grew.
  fields_.reserve(places_.size());
  auto* const text = reinterpret_cast<std::uint8_t*>(text_.data());
  for (const Place& place : places_) {
    fields_.push_back({text + place.name, text + place.name + place.name_bytes, place.name_bytes,
                       place.value_bytes, NGHTTP2_NV_FLAG_NONE});
  }
}

void Http2Fields::add(std::string_view name, std::string_view value) {
  places_.push_back({text_.size(), name.size(), value.size()});
  for (const char c : name) text_.push_back(to_lower(c));
  for (const char c : value) text_.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
}

}  // namespace weir::net
