#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/socket.hpp"
#include "load/scenarios.hpp"
#include "load/target.hpp"

namespace weir::bench {
namespace {

constexpr uint32_t kSources = 16;
constexpr int kPatienceMs = 10'000;

struct Delete {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// A reader under TLS that has its stream and waits. Only the server is measured, so this end may
// block and may be large.
class TlsReader {
 public:
  TlsReader(SSL_CTX* context, const Target& target, uint32_t index)
      : ssl_(SSL_new(context)),
        descriptor_(start_connect(target.address, htonl(INADDR_LOOPBACK + 1 + index % kSources))) {
    SSL_set_fd(ssl_.get(), descriptor_);
    SSL_set_connect_state(ssl_.get());
    finish([this] { return SSL_do_handshake(ssl_.get()); });
    const std::string request = "GET " + Target::path(target.subscribe_path, 0) +
                                " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n";
    finish([&] { return SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())); });
    std::string answer;
    while (answer.find("\"cursor\"") == std::string::npos) {
      char bytes[4096];
      const int got = finish([&] { return SSL_read(ssl_.get(), bytes, sizeof bytes); });
      answer.append(bytes, static_cast<size_t>(got));
    }
    if (!answer.starts_with("HTTP/1.1 200")) fatal("a subscriber was answered: " + answer);
  }
  ~TlsReader() { close_by_reset(descriptor_); }
  TlsReader(const TlsReader&) = delete;
  TlsReader& operator=(const TlsReader&) = delete;

 private:
  template <typename Step>
  int finish(Step&& step) {
    for (;;) {
      ERR_clear_error();
      const int result = step();
      if (result > 0) return result;
      const int error = SSL_get_error(ssl_.get(), result);
      pollfd ready{descriptor_, POLLIN, 0};
      if (error == SSL_ERROR_WANT_WRITE) ready.events = POLLOUT;
      const bool waits = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
      if (!waits || poll(&ready, 1, kPatienceMs) != 1)
        fatal("a subscriber under TLS was not let in");
    }
  }

  std::unique_ptr<SSL, Delete> ssl_;
  int descriptor_;
};

}  // namespace

void run_idle_tls(Options& options, Report& report, Faults& faults) {
  (void)faults;
  Target target(options);
  const auto count = static_cast<uint32_t>(options.number("subscribers", 1000));
  options.refuse_unknown();

  const std::unique_ptr<SSL_CTX, Delete> context(SSL_CTX_new(TLS_client_method()));
  std::vector<std::unique_ptr<TlsReader>> readers;
  const auto open = [&](uint32_t readers_max) {
    while (readers.size() < readers_max) {
      readers.push_back(std::make_unique<TlsReader>(context.get(), target,
                                                    static_cast<uint32_t>(readers.size())));
    }
  };
  // What the first connections make a server allocate once is not the price of a subscriber.
  constexpr uint32_t kFirst = 64;
  open(kFirst);
  const int64_t memory_before = target.processes.private_bytes();
  const int64_t cpu_before = target.processes.cpu_ns();
  const int64_t start = now_ns();
  open(kFirst + count);
  report.add("subscribers", static_cast<uint64_t>(count));
  report.add("connect_seconds", ns_to_seconds(now_ns() - start));
  report.add("handshake_cpu_us",
             static_cast<double>(target.processes.cpu_ns() - cpu_before) / 1000 / count);
  // Memory that was freed goes back after a moment (docs/decisions/allocator.md).
  poll(nullptr, 0, 4000);
  const int64_t memory = target.processes.private_bytes();
  report.add("private_bytes", memory);
  report.add("private_bytes_per_subscriber", static_cast<double>(memory - memory_before) / count);
}

}  // namespace weir::bench
