#include "api/native/line_publisher.hpp"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <utility>

#include "api/answer.hpp"
#include "api/native/publish.hpp"
#include "proto/problem.hpp"
#include "proto/publish_json.hpp"

namespace weir::api {
namespace {

constexpr std::size_t kGroupBytesMax = 512 * 1024;
constexpr std::size_t kGroupEventsMax = 2048;
// Events that wait for the disk. (Answers that wait for the client, and all that one connection
// keeps here, are net's to bound.)
constexpr std::size_t kWaitingBytesMax = 4 * 1024 * 1024;
// Answers that are held back while a body of known length arrives: some 60,000 lines.
constexpr std::size_t kHeldBytesMax = 4 * 1024 * 1024;
// What the answer to a line that is published takes, about.
constexpr std::size_t kAnswerBytes = 96;
// What a JSON object adds around its data, escapes included, has to fit a line too.
constexpr std::size_t kLineOverhead = 64 * 1024;

std::string error_line(const base::Error& error, std::uint64_t line) {
  return fmt::format(R"({{"error":{},"line":{}}})", proto::problem_json(error), line);
}

/// nginx, and what is written in Go, stop sending a body once its answer begins; some of them say
/// that they stand between.
bool through_proxy(const Call& call) {
  return !call.header("Via").empty() || !call.header("Forwarded").empty() ||
         !call.header("X-Forwarded-For").empty();
}

}  // namespace

/// The answers, in the order of the lines: a group that is done before those ahead of it (because
/// it is ephemeral or was refused, and waits for no commit) waits for them.
class LinePublisher::Answers : public std::enable_shared_from_this<Answers> {
 public:
  struct Group {
    std::vector<std::string> lines;  ///< As LinePublisher::group_lines_.
    std::vector<std::uint64_t> numbers;
    std::vector<bool> durable;
    std::size_t bytes = 0;
  };

  Answers(hub::Hub& hub, std::size_t shard, CallPtr call)
      : hub_(hub), shard_(shard), call_(std::move(call)) {
    // Who sends a body of known length does not wait for answers in between, nor do those get
    // through whose requests a proxy passes on: their answers begin when the body has ended.
    if (!call_->header("Content-Length").empty() || through_proxy(*call_)) return;
    begin();
  }

  void publish(Group group, std::vector<proto::Event> events) {
    waiting_ += group.bytes;
    call_->exchange().note_waiting(waiting_);
    if (waiting_ > kWaitingBytesMax) call_->exchange().pause_body();
    const auto pending = std::make_shared<Pending>(Pending{std::move(group), std::nullopt});
    in_order_.push_back(pending);
    if (events.empty()) return settle(*pending, hub::Published{.epoch = hub_.log().epoch()});
    hub_.publish(shard_,
                 {.events = std::move(events),
                  .idempotency_key = {},
                  .trace = call_->trace(),
                  .independent = true},
                 [self = shared_from_this(), pending](base::Result<hub::Published> published) {
                   self->settle(*pending, std::move(published));
                 });
  }

  void end_of_body() {
    ended_ = true;
    finish_if_done();
  }

 private:
  struct Pending {
    Group group;
    std::optional<base::Result<hub::Published>> outcome;
  };

  void settle(Pending& pending, base::Result<hub::Published> published) {
    auto& exchange = call_->exchange();
    pending.outcome = std::move(published);
    while (!in_order_.empty() && in_order_.front()->outcome) {
      const auto done = std::move(in_order_.front());
      in_order_.pop_front();
      waiting_ -= done->group.bytes;
      exchange.note_waiting(waiting_);
      write(text_of(done->group, *done->outcome));
    }
    if (waiting_ <= kWaitingBytesMax / 2) exchange.resume_body();
    finish_if_done();
  }

  std::string text_of(const Group& group, const base::Result<hub::Published>& published) const {
    std::string text;
    const auto head = hub_.log().head();
    auto next = published ? published->first : std::nullopt;
    std::size_t event = 0;
    std::size_t durable = 0;
    std::size_t refused = 0;
    for (const auto& line : group.lines) {
      if (!line.empty()) {
        text += line;
      } else if (!published) {
        text += error_line(published.error(), group.numbers[event++]);
      } else if (!group.durable[event]) {
        text += published_json(published->epoch, std::nullopt, head);
        ++event;
      } else if (refused < published->refused.size() && published->refused[refused] == durable) {
        text += error_line(base::make_error(base::ErrorCode::kTopicClosed), group.numbers[event++]);
        ++refused;
        ++durable;
      } else {
        text += published_json(published->epoch, next, head);
        next = next->next();
        ++event;
        ++durable;
      }
      text.push_back('\n');
    }
    return text;
  }

  void begin() {
    net::Response head;
    head.set("Content-Type", "application/x-ndjson");
    head.set("Cache-Control", "no-store");
    head.set("X-Accel-Buffering", "no");
    add_common_headers(call_->head(), call_->settings(), head);
    begun_ = true;
    call_->exchange().start_response(std::move(head));
    if (!held_.empty()) call_->exchange().write(std::exchange(held_, {}));
  }

  void write(std::string text) {
    if (begun_) return call_->exchange().write(std::move(text));
    const bool room =
        held_.size() + text.size() <= kHeldBytesMax && call_->exchange().hold_back(text.size());
    held_ += text;
    if (!room) begin();
  }

  void finish_if_done() {
    if (!ended_ || !in_order_.empty()) return;
    if (!begun_) begin();
    call_->exchange().finish();
  }

  hub::Hub& hub_;
  std::size_t shard_;
  CallPtr call_;
  std::deque<std::shared_ptr<Pending>> in_order_;
  std::size_t waiting_ = 0;  // Bytes of the groups in it.
  std::string held_;         // Answers before the answer has begun.
  bool begun_ = false;
  bool ended_ = false;
};

LinePublisher::LinePublisher(hub::Hub& hub, std::size_t shard, CallPtr call)
    : hub_(hub),
      call_(std::move(call)),
      limits_(event_limits(call_->settings())),
      splitter_(call_->settings().body_bytes_max + kLineOverhead),
      answers_(std::make_shared<Answers>(hub, shard, call_)) {}

LinePublisher::~LinePublisher() = default;

void LinePublisher::on_line(std::string_view line) {
  ++lines_;
  auto event = proto::parse_publish_json(line, limits_);
  if (event) {
    if (auto granted = call_->may_publish({&*event, 1}); !granted) event = granted.error();
  }
  if (event && event->has(proto::kEphemeral)) {
    if (auto closed = hub_.closed_topic(*event)) {
      event = base::make_error(base::ErrorCode::kTopicClosed, std::move(*closed));
    }
  }
  if (!event) {
    group_lines_.push_back(error_line(event.error(), lines_));
    group_bytes_ += group_lines_.back().size();  // The answer waits as the events do.
    return;
  }
  group_bytes_ += event->bytes();
  group_.push_back(std::move(*event));
  group_numbers_.push_back(lines_);
  group_lines_.emplace_back();
  if (group_bytes_ >= kGroupBytesMax || group_.size() >= kGroupEventsMax) publish_group();
}

void LinePublisher::publish_group() {
  if (group_lines_.empty()) return;
  const auto bytes = group_bytes_ + group_lines_.size() * kAnswerBytes;
  Answers::Group group{std::move(group_lines_), std::move(group_numbers_), {}, bytes};
  for (const auto& event : group_) group.durable.push_back(!event.has(proto::kEphemeral));
  answers_->publish(std::move(group), std::move(group_));
  group_ = {};
  group_lines_ = {};
  group_numbers_ = {};
  group_bytes_ = 0;
}

bool LinePublisher::on_body(std::string_view bytes) {
  const bool good = splitter_.feed(bytes, [this](std::string_view line) { on_line(line); });
  finish_lines(good);
  // What follows cannot be told apart from the line that was too long.
  if (!good) answers_->end_of_body();
  return good;
}

void LinePublisher::finish_lines(bool good) {
  if (!good) {
    group_lines_.push_back(error_line(
        base::make_error(base::ErrorCode::kEventTooLarge, "the line is too long"), lines_ + 1));
  }
  publish_group();
}

void LinePublisher::on_body_end() {
  finish_lines(splitter_.finish([this](std::string_view line) { on_line(line); }));
  answers_->end_of_body();
}

}  // namespace weir::api
