#include "cli/publisher.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>

#include "client/problem.hpp"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

constexpr std::size_t kFlushBytes = 128 * 1024;
constexpr std::size_t kAnswerBytesMax = 1 << 20;
constexpr std::chrono::milliseconds kQuiet{3'000};

bool is_success(int status) { return status >= 200 && status < 300; }

}  // namespace

Publisher::Publisher(const ServerAccess& server, OnRefused on_refused,
                     const client::Interrupt& interrupt)
    : client_(server.url, {}, &interrupt, server.connection),
      target_(client::with_path(server.url, "/v1/publish").target),
      headers_(server.headers),
      on_refused_(std::move(on_refused)),
      interrupt_(interrupt) {}

Result<> Publisher::add(std::uint64_t line, std::string_view json) {
  buffer_.append(json).push_back('\n');
  waiting_.push_back(line);
  progress_.unanswered = waiting_.size();
  if (buffer_.size() < kFlushBytes) return {};
  return flush();
}

Result<> Publisher::begin() {
  problem_.clear();
  answers_.emplace(kAnswerBytesMax);
  client::Request request{.method = "POST", .target = target_, .headers = headers_};
  request.headers.emplace_back("Content-Type", "application/x-ndjson");
  request.headers.emplace_back("Accept", "application/x-ndjson");
  const auto begun =
      client_.begin(request, [this](std::string_view piece) { take_body(piece); }, true);
  if (!begun) return begun.error();
  open_ = true;
  return {};
}

Result<> Publisher::flush() {
  if (buffer_.empty()) return {};
  if (!open_) {
    const auto begun = begin();
    if (!begun) return begun.error();
  }
  const std::string bytes = std::move(buffer_);
  buffer_.clear();
  const auto sent = client_.write(bytes);
  if (!sent) return sent.error();
  if (*sent) return {};
  return end_request();  // The server will read no more; its answer says why.
}

Result<> Publisher::wait_for_input(int descriptor) {
  if (open_) {
    const auto readable = client_.receive_until_readable(descriptor, kQuiet);
    if (!readable) return readable.error();
    if (!*readable || client_.complete()) {
      const auto ended = end_request();
      if (!ended) return ended.error();
    }
  }
  std::array<pollfd, 2> entries = {pollfd{descriptor, POLLIN, 0},
                                   pollfd{interrupt_.descriptor(), POLLIN, 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0 && errno == EINTR) {
  }
  return {};
}

Result<> Publisher::finish() {
  const auto flushed = flush();
  if (!flushed) return flushed.error();
  return end_request();
}

Result<> Publisher::end_request() {
  if (!open_) return {};
  open_ = false;
  const auto finished = client_.finish_body();
  if (!finished) return finished.error();
  while (!client_.complete()) {
    const auto more = client_.receive();
    if (!more) return more.error();
  }
  answers_->finish([this](std::string_view line) { take_answer(line); });
  return check_answer();
}

Result<> Publisher::check_answer() {
  const client::ResponseHead& head = *client_.head();
  if (!is_success(head.status)) return client::problem_error(head, problem_);
  if (!waiting_.empty()) {
    return make_error(ErrorCode::kNetwork,
                      fmt::format("the server left {} events without an answer", waiting_.size()));
  }
  return {};
}

void Publisher::take_body(std::string_view piece) {
  if (!is_success(client_.head()->status)) {
    if (problem_.size() + piece.size() <= kAnswerBytesMax) problem_.append(piece);
    return;
  }
  answers_->feed(piece, [this](std::string_view line) { take_answer(line); });
}

void Publisher::take_answer(std::string_view line) {
  if (waiting_.empty()) return;
  const std::uint64_t number = waiting_.front();
  waiting_.pop_front();
  progress_.unanswered = waiting_.size();
  progress_.last_line = number;

  boost::system::error_code failed;
  const auto answer = boost::json::parse({line.data(), line.size()}, failed);
  const auto* object = answer.if_object();
  const auto* error = object == nullptr ? nullptr : object->if_contains("error");
  if (object == nullptr || error != nullptr) {
    ++progress_.refused;
    on_refused_(number, client::problem_error(error == nullptr ? std::string(line)
                                                               : boost::json::serialize(*error)));
    return;
  }
  ++progress_.published;
  const auto* cursor = object->if_contains("cursor");
  if (cursor != nullptr && cursor->is_string()) {
    progress_.last_cursor.assign(cursor->get_string().data(), cursor->get_string().size());
  }
}

}  // namespace weir::cli
