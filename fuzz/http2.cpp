// Bytes of a client into an HTTP/2 connection, in the pieces in which a network brings them, with a
// socket that is full now and then: whatever they are, what comes back is frames, every exchange
// and every stream ends, and nothing is left of the connection.

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "net/connection.hpp"
#include "net/http2_preface.hpp"
#include "net/http_server_impl.hpp"
#include "net/loop.hpp"
#include "net/memory_channel.hpp"

namespace {

using namespace weir::net;

/// Answers in every way that there is: the target's second character says how.
class AnyHandler final : public Handler, public StreamObserver {
 public:
  explicit AnyHandler(StreamTable*& streams) : streams_(streams) {}

  BodyPlan plan(const RequestHead& head) override {
    WEIR_CHECK(!head.target.empty() && !head.method.empty(), "a head without a request");
    WEIR_CHECK(head.headers.get("host").has_value(), "a request without a host");
    BodyPlan plan{.kind = BodyPlan::Kind::kWhole, .bytes_max = 1000, .refusal = {}};
    if (kind(head) == 'u' || kind(head) == 's') plan.kind = BodyPlan::Kind::kStream;
    if (kind(head) == 'r') {
      plan.kind = BodyPlan::Kind::kRefuse;
      plan.refusal = problem_response({weir::base::ErrorCode::kNotFound, {}});
    }
    return plan;
  }
  void on_request(std::shared_ptr<Exchange> exchange) override {
    switch (kind(exchange->head())) {
      case 'u':
        return;
      case 's': {
        StreamOpening opening;
        opening.response.body = "welcome\n";
        opening.incoming = Incoming::kDelivered;
        open_.push_back(exchange->detach(1, std::move(opening)).id);
        return;
      }
      case 'l':
        waiting_.push_back(std::move(exchange));
        return;
      case 'p':
        exchange->start_response({});
        exchange->write("piece");
        return exchange->finish();
      case 'b':
        return exchange->respond({.status = 200, .headers = {}, .body = std::string(100'000, 'b')});
      default:
        return exchange->respond(
            {.status = 200, .headers = {}, .body = std::string(exchange->body())});
    }
  }
  void on_body(const std::shared_ptr<Exchange>& exchange, std::string_view bytes) override {
    if (bytes.front() == 'p') exchange->pause_body();
    if (bytes.front() == 's') exchange->respond({});
    waiting_.push_back(exchange);
  }
  void on_body_end(const std::shared_ptr<Exchange>& exchange) override {
    exchange->respond({.status = 204, .headers = {}, .body = {}});
  }
  void on_writable(StreamId stream, StreamOwner) override { write(stream); }
  void on_closed(StreamId stream, StreamOwner) override {
    WEIR_CHECK(!streams_->contains(stream), "a stream that is gone and still there");
  }
  void on_data(StreamId stream, StreamOwner, std::string_view bytes) override {
    if (bytes.front() == 'p') streams_->pause_input(stream);
    if (bytes.front() == 'c') streams_->close(stream);
    if (bytes.front() == 'r') streams_->reset(stream);
  }

  /// What happens between two packets.
  void work() {
    for (const StreamId stream : open_) write(stream);
    for (const auto& exchange : std::exchange(waiting_, {})) {
      exchange->resume_body();
      if (exchange->alive() && kind(exchange->head()) == 'l') exchange->respond({});
    }
    for (const StreamId stream : open_) streams_->resume_input(stream);
  }

 private:
  static char kind(const RequestHead& head) {
    return head.target.size() > 1 ? head.target[1] : '/';
  }
  void write(StreamId stream) {
    static const auto event = std::make_shared<const std::string>(300, 'e');
    if (!streams_->contains(stream) || streams_->blocked(stream)) return;
    const iovec piece{const_cast<char*>(event->data()), event->size()};
    const auto written = streams_->write(stream, {&piece, 1});
    if (written.status == StreamTable::WriteStatus::kBlocked && written.bytes < event->size()) {
      streams_->keep_tail(stream, event, std::string_view(*event).substr(written.bytes));
    }
  }

  StreamTable*& streams_;
  std::vector<StreamId> open_;
  std::vector<std::shared_ptr<Exchange>> waiting_;
};

void check_frames(std::string_view output) {
  while (output.size() >= 9) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(output[at]); };
    const std::size_t size = std::size_t{byte(0)} << 16 | std::size_t{byte(1)} << 8 | byte(2);
    WEIR_CHECK(size <= 16'384, "a frame larger than any client has allowed");
    WEIR_CHECK(byte(3) <= 9, "a frame of no known type");
    if (output.size() < 9 + size) return;
    output.remove_prefix(9 + size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all = weir::fuzz::as_text(data, size);
  // The first line's bytes are the sizes of the pieces; one above 200 fills the socket, too.
  const std::size_t line = all.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view sizes = all.substr(0, line);
  std::string_view rest = all.substr(line + 1);

  weir::base::Settings settings;
  settings.http2_streams_max = 20;
  settings.http2_control_frames_per_second = 5;
  settings.http2_resets_per_second = 2;
  settings.header_bytes_max = 2048;
  Loop loop;
  StreamTable* table = nullptr;
  AnyHandler handler(table);
  StreamTable streams(handler);
  table = &streams;
  HttpMetrics metrics;
  MemoryWire wire;
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) return 0;
  {
    HttpServer::Impl server(loop, settings, handler, streams, metrics, nullptr);
    server.add_connection(Socket(pair[0], std::make_unique<MemoryChannel>(wire)), {});
    const auto feed = [&](std::string_view bytes, std::uint32_t events) {
      wire.input = bytes;
      if (const auto connection = server.places[0].connection) connection->on_events(events);
      loop.impl().io.restart();
      loop.impl().io.poll();
      handler.work();
      loop.impl().io.poll();
    };
    feed(kHttp2Preface, EPOLLIN);
    for (std::size_t turn = 0; !rest.empty(); ++turn) {
      const std::size_t wanted =
          sizes.empty() ? 0 : static_cast<unsigned char>(sizes[turn % sizes.size()]);
      const std::size_t taken = wanted == 0 ? rest.size() : std::min(wanted, rest.size());
      wire.full = wanted > 200;
      feed(rest.substr(0, taken), EPOLLIN);
      rest.remove_prefix(taken);
      wire.full = false;
      feed({}, EPOLLOUT);
    }
    if (size % 2 == 0) server.drain();
    wire.ended = true;
    feed({}, EPOLLIN | EPOLLRDHUP);
  }
  ::close(pair[1]);
  WEIR_CHECK(streams.size() == 0, "streams without their connection");
  check_frames(wire.output);
  return 0;
}
