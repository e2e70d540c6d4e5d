#pragma once

#include <nghttp2/nghttp2.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.hpp"

namespace weir::net {

/// An answer's head as the field list of an HTTP/2 header block (RFC 9113, 8.2 and 8.3.2): names in
/// small letters, nothing that is about the connection, Server and Date added, and Content-Length
/// where `length` is given and the status has a body. CR, LF and NUL in values become spaces.
class Http2Fields {
 public:
  enum class Length { kOfBody, kUnknown };
  Http2Fields(const Response& response, std::string_view date, Length length);

  /// Valid as long as this object; nghttp2 copies what it is given.
  const nghttp2_nv* data() const { return fields_.data(); }
  std::size_t size() const { return fields_.size(); }

 private:
  void add(std::string_view name, std::string_view value);

  struct Place {
    std::size_t name, name_bytes, value_bytes;
  };
  std::string text_;
  std::vector<Place> places_;
  std::vector<nghttp2_nv> fields_;
};

}  // namespace weir::net
