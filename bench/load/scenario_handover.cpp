#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/socket.hpp"
#include "load/response_reader.hpp"
#include "load/returning_readers.hpp"
#include "load/scenarios.hpp"
#include "load/spawn.hpp"

namespace weir::bench {
namespace {

constexpr double kOpenSeconds = 120;
constexpr double kDrainSeconds = 120;

// Publishes on a schedule over connections of its own, one request each at a time. A connection
// that the server ends between two requests is opened anew; an event whose answer did not come is
// sent again with the same Idempotency-Key, as a careful client does.
class CarefulPublishers {
 public:
  CarefulPublishers(EventLoop& loop, const Target& target, DeliveryBook& book, Faults& faults,
                    size_t count, size_t payload_bytes, double per_second)
      : loop_(loop),
        target_(target),
        book_(book),
        faults_(faults),
        payload_(payload_bytes),
        interval_ns_(seconds_to_ns(1 / per_second)) {
    for (size_t i = 0; i < count; ++i) publishers_.emplace_back(*this);
    for (Publisher& publisher : publishers_) connect(publisher);
  }
  ~CarefulPublishers() {
    for (Publisher& publisher : publishers_) {
      if (publisher.descriptor >= 0) close_by_reset(publisher.descriptor);
    }
  }

  void start() {
    running_ = true;
    due_ns_ = now_ns();
  }
  void stop() { running_ = false; }

  int64_t pump() {
    const int64_t now = now_ns();
    for (Publisher& publisher : publishers_) {
      if (publisher.descriptor < 0 && publisher.due_ns <= now) connect(publisher);
      if (!running_ || due_ns_ > now || publisher.state != State::kFree) continue;
      publisher.number = book_.publish(0);
      publisher.data = payload_.write({*publisher.number, due_ns_});
      due_ns_ += interval_ns_;
      send_event(publisher);
    }
    return now + 1'000'000;
  }

  uint64_t refused() const { return refused_; }
  uint64_t repeated() const { return repeated_; }  // publishes sent again
  double longest_answer_ms() const { return static_cast<double>(longest_answer_ns_) / 1e6; }

 private:
  enum class State : uint8_t { kClosed, kConnecting, kFree, kWaiting };
  struct Publisher : Handler {
    explicit Publisher(CarefulPublishers& owner) : pool(owner) {}
    void on_ready(uint32_t) override { pool.on_ready(*this); }
    CarefulPublishers& pool;
    int descriptor = -1;
    State state = State::kClosed;
    std::optional<uint64_t> number;  // not answered yet
    std::string data;
    int64_t sent_ns = 0;
    int64_t due_ns = 0;
    std::optional<ResponseReader> responses;
  };

  void connect(Publisher& publisher) {
    publisher.descriptor = start_connect(target_.address, 0);
    publisher.state = State::kConnecting;
    ResponseReader::Events events;
    events.on_body = [](std::string_view) {};
    events.on_response = [this, &publisher](int status) { on_answer(publisher, status); };
    publisher.responses.emplace(std::move(events));
    loop_.add(publisher.descriptor, EPOLLOUT, &publisher);
  }

  void send_event(Publisher& publisher) {
    const std::string request =
        "POST " + Target::path(target_.publish_path, 0) + " HTTP/1.1\r\nHost: bench\r\n" +
        "Content-Type: text/plain\r\nIdempotency-Key: " + std::to_string(*publisher.number) +
        "\r\nContent-Length: " + std::to_string(publisher.data.size()) + "\r\n\r\n" +
        publisher.data;
    publisher.state = State::kWaiting;
    publisher.sent_ns = publisher.sent_ns == 0 ? now_ns() : publisher.sent_ns;
    // What breaks is met by reading.
    (void)!send(publisher.descriptor, request.data(), request.size(), MSG_NOSIGNAL);
  }

  void on_ready(Publisher& publisher) {
    if (publisher.state == State::kConnecting) {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(publisher.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) {
        if (error == ECONNREFUSED) ++refused_;
        return leave(publisher, 50'000'000);
      }
      loop_.modify(publisher.descriptor, EPOLLIN, &publisher);
      publisher.state = State::kFree;
      if (publisher.number) send_event(publisher);
      return;
    }
    char bytes[4096];
    const ssize_t got = recv(publisher.descriptor, bytes, sizeof bytes, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      if (publisher.number) ++repeated_;
      return leave(publisher, 0);
    }
    if (!publisher.responses->read(bytes, static_cast<size_t>(got))) {
      fatal("the answer to a publish is not HTTP");
    }
    if (publisher.state == State::kFree && publisher.responses->closes()) leave(publisher, 0);
  }

  void on_answer(Publisher& publisher, int status) {
    if (status != 200) faults_.add("a publish was answered " + std::to_string(status));
    longest_answer_ns_ = std::max(longest_answer_ns_, now_ns() - publisher.sent_ns);
    publisher.number.reset();
    publisher.sent_ns = 0;
    publisher.state = State::kFree;
  }

  void leave(Publisher& publisher, int64_t wait_ns) {
    close_by_reset(publisher.descriptor);
    publisher.descriptor = -1;
    publisher.state = State::kClosed;
    publisher.due_ns = now_ns() + wait_ns;
  }

  EventLoop& loop_;
  const Target& target_;
  DeliveryBook& book_;
  Faults& faults_;
  Payload payload_;
  int64_t interval_ns_;
  int64_t due_ns_ = 0;
  bool running_ = false;
  uint64_t refused_ = 0;
  uint64_t repeated_ = 0;
  int64_t longest_answer_ns_ = 0;
  std::deque<Publisher> publishers_;
};

}  // namespace

void run_handover(Options& options, Report& report, Faults& faults) {
  Target target(options);
  const auto readers_count = static_cast<size_t>(options.number("subscribers", 5000));
  const auto payload = static_cast<size_t>(options.number("payload", 64));
  const auto publishers_count = static_cast<size_t>(options.number("publishers", 16));
  const double per_second = options.real("rate", 500);
  const double before = options.real("before", 3);
  const double seconds = options.real("seconds", 12);
  options.refuse_unknown();
  if (target.tls || target.wire != Wire::kSse) fatal("a hand-over is measured over plain SSE");
  if (options.rest().empty()) fatal("handover needs the new server's command behind --");

  EventLoop loop;
  DeliveryBook book(1, static_cast<uint32_t>(readers_count), faults);
  ReturningReaders readers(loop, target, readers_count, payload, book, faults);
  CarefulPublishers publishers(loop, target, book, faults, publishers_count, payload, per_second);
  loop.set_pump([&] { return std::min(readers.pump(), publishers.pump()); });
  readers.start();
  if (!loop.run_until([&] { return readers.all_open(); }, now_ns() + seconds_to_ns(kOpenSeconds))) {
    fatal("not all subscribers were let in");
  }
  publishers.start();
  loop.run_for(before);
  report.add("gap_before_ms", readers.longest_gap_ms());
  readers.restart_gaps();

  const pid_t successor = spawn(options.rest());
  loop.run_for(seconds);
  publishers.stop();
  if (!loop.run_until([&] { return book.in_flight() == 0 && readers.all_open(); },
                      now_ns() + seconds_to_ns(kDrainSeconds))) {
    faults.add(std::to_string(book.in_flight()) + " events did not reach everybody");
  }
  if (readers.returns() < readers_count) faults.add("not everybody changed to the new server");

  report.add("subscribers", readers_count);
  report.add("rate", per_second);
  report.add("published", book.published());
  report.add("lost", book.in_flight());
  report.add("refused", readers.refused() + publishers.refused());
  report.add("broken_streams", readers.broken());
  report.add("publishes_repeated", publishers.repeated());
  report.add("longest_publish_ms", publishers.longest_answer_ms());
  report.add("longest_gap_ms", readers.longest_gap_ms());
  report.add("median_gap_ms", readers.median_gap_ms());
  kill(successor, SIGTERM);
  waitpid(successor, nullptr, 0);
}

}  // namespace weir::bench
