#include "proto/websocket_deflate.hpp"

#include <zlib.h>

#include <algorithm>

#include "base/check.hpp"

namespace weir::proto {
namespace {

constexpr int kRawWindowBits = -15;  // Negative: without zlib's own head and checksum.
constexpr int kMemoryLevel = 8;
constexpr std::size_t kStep = 16 * 1024;
/// What a flush ends with, and a message leaves out (RFC 7692, 7.2.1).
constexpr std::string_view kFlushEnd("\x00\x00\xff\xff", 4);

Bytef* input_of(std::string_view bytes) {
  // zlib reads only.
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

class Inflater {
 public:
  Inflater() { WEIR_CHECK(inflateInit2(&stream_, kRawWindowBits) == Z_OK, "memory for a window"); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Inflated::Status add(std::string_view bytes, std::string& out, std::size_t bytes_max) {
    stream_.next_in = input_of(bytes);
    stream_.avail_in = static_cast<uInt>(bytes.size());
    // A full output may have more behind it, although the input is used up.
    for (bool more = true; more && !ended_;) {
      const std::size_t before = out.size();
      // One byte more than there may be tells that there is more.
      const auto room = std::min(kStep, bytes_max + 1 - before);
      out.resize(before + room);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream_.avail_out = static_cast<uInt>(room);
      const int result = inflate(&stream_, Z_SYNC_FLUSH);
      out.resize(before + room - stream_.avail_out);
      if (out.size() > bytes_max) return Inflated::Status::kTooBig;
      // A final block: RFC 7692, 7.2.3.4 allows it.
      if (result == Z_STREAM_END) ended_ = true;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return Inflated::Status::kInvalid;
      }
      more = stream_.avail_out == 0;
    }
    return Inflated::Status::kOk;
  }

 private:
  z_stream stream_{};
  bool ended_ = false;
};

}  // namespace

Inflated inflate_message(std::string_view deflated, std::size_t bytes_max) {
  Inflater inflater;
  Inflated result;
  for (const auto bytes : {deflated, kFlushEnd}) {
    result.status = inflater.add(bytes, result.text, bytes_max);
    if (result.status != Inflated::Status::kOk) break;
  }
  return result;
}

std::string deflate_message(std::string_view text) {
  z_stream stream{};
  WEIR_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawWindowBits, kMemoryLevel,
                          Z_DEFAULT_STRATEGY) == Z_OK,
             "memory for a window");
  std::string out;
  out.resize(deflateBound(&stream, text.size()) + kFlushEnd.size() + 1);
  stream.next_in = input_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_SYNC_FLUSH);
  WEIR_CHECK(result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0,
             "the bound is enough for a flush");
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  WEIR_CHECK(out.ends_with(kFlushEnd), "a flush ends with an empty block");
  out.resize(out.size() - kFlushEnd.size());
  return out;
}

}  // namespace weir::proto
