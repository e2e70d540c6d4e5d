#include "api/stream_writing.hpp"

#include <memory>
#include <utility>

namespace weir::api {

bool write_whole(net::StreamTable& streams, net::StreamId stream, std::string bytes) {
  const iovec piece = to_iovec(bytes);
  const auto written = streams.write(stream, {&piece, 1});
  if (written.status != net::StreamTable::WriteStatus::kBlocked) return true;
  if (written.bytes < bytes.size()) {
    auto keeper = std::make_shared<const std::string>(std::move(bytes));
    streams.keep_tail(stream, keeper, std::string_view(*keeper).substr(written.bytes));
  }
  return false;
}

}  // namespace weir::api
