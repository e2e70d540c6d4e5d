#include "api/pages/gunzip.hpp"

#include <zlib.h>

#include "base/check.hpp"

namespace weir::api {

std::string gunzip(std::string_view file, std::size_t size) {
  constexpr int kGzipFormat = 16;
  std::string content(size, '\0');
  z_stream stream = {};
  WEIR_CHECK(inflateInit2(&stream, kGzipFormat + MAX_WBITS) == Z_OK, "memory for a window");
  // zlib does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.data()));
  stream.avail_in = static_cast<uInt>(file.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  WEIR_CHECK(result == Z_STREAM_END && stream.avail_out == 0, "a whole gzip file of that size");
  return content;
}

}  // namespace weir::api
