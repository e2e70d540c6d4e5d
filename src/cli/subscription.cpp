#include "cli/subscription.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/terminal.hpp"
#include "proto/json.hpp"
#include "proto/url.hpp"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::make_error;

bool is_control_type(std::string_view type) {
  for (const std::string_view each :
       {"system", "recovery", "gap", "heartbeat", "auth-expiring", "drain"}) {
    if (type == each) return true;
  }
  return false;
}

/// A member's text; of another kind, its JSON; "" if it is not there.
std::string member(std::string_view json, std::string_view name) {
  boost::system::error_code failed;
  const auto value = boost::json::parse({json.data(), json.size()}, failed);
  if (failed || !value.is_object()) return {};
  const auto* found = value.get_object().if_contains({name.data(), name.size()});
  if (found == nullptr) return {};
  if (found->is_string()) return {found->get_string().data(), found->get_string().size()};
  return boost::json::serialize(*found);
}

base::Error system_error(std::string_view doing, const std::string& path) {
  return make_error(ErrorCode::kNetwork,
                    fmt::format("cannot {} {}: {}", doing, path, std::strerror(errno)));
}

bool write_and_sync(int descriptor, std::string_view text) {
  return ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
         ::fsync(descriptor) == 0;
}

}  // namespace

Subscription::Subscription(const SubscriptionOptions& options, bool for_terminal,
                           std::string cursor)
    : options_(options),
      for_terminal_(for_terminal),
      last_id_(cursor),
      cursor_(std::move(cursor)) {}

bool Subscription::take(const client::EventSource::Event& event) {
  // Every durable event brings an id of its own; control frames and ephemeral events never do.
  const bool durable = event.last_event_id != last_id_;
  if (!durable && is_control_type(event.type)) {
    take_control(event);
    return true;
  }
  if (durable) {
    last_id_ = event.last_event_id;
    cursor_ = last_id_;
  }
  if (options_.exec.command.empty()) {
    print(event, durable);
  } else {
    inputs_.push_back(input_for(event, durable));
  }
  ++taken_;
  return options_.count == 0 || taken_ < options_.count;
}

void Subscription::take_control(const client::EventSource::Event& event) {
  if (event.type == "system") {
    const bool from_now =
        options_.last == 0 && (options_.after.empty() || options_.after == "latest");
    if (!from_now || !cursor_.empty()) return;
    connected_at_ = member(event.data, "cursor");
    cursor_ = connected_at_;
  } else if (event.type == "gap") {
    notes_.push_back(
        fmt::format("gap ({}): what came after {} is not there any more; going on at {}",
                    member(event.data, "reason"), member(event.data, "requested"),
                    member(event.data, "available_from")));
  } else if (event.type == "drain") {
    notes_.emplace_back("the server is shutting down");
  }
}

void Subscription::print(const client::EventSource::Event& event, bool durable) {
  if (options_.json) {
    output_ += "{\"cursor\":";
    output_ += durable ? proto::json_string(event.last_event_id) : "null";
    output_ += ",\"event\":" + proto::json_string(event.type);
    output_ += ",\"data\":" + proto::json_string(event.data) + "}\n";
    return;
  }
  output_ += for_terminal_ ? printable(event.data, true) : std::string(event.data);
  output_.push_back('\n');
}

CommandInput Subscription::input_for(const client::EventSource::Event& event, bool durable) const {
  CommandInput input;
  input.data = event.data;
  if (durable) input.cursor = event.last_event_id;
  // An event stream does not name an event's topic: it is known where only one was asked for.
  const bool one_topic = options_.topics.size() == 1 && options_.match.empty();
  input.environment = {{"WEIR_TOPIC", one_topic ? options_.topics.front() : std::string()},
                       {"WEIR_EVENT", std::string(event.type)},
                       {"WEIR_CURSOR", input.cursor}};
  return input;
}

std::vector<CommandInput> Subscription::take_inputs() { return std::exchange(inputs_, {}); }

std::string Subscription::take_output() { return std::exchange(output_, {}); }

std::vector<std::string> Subscription::take_notes() { return std::exchange(notes_, {}); }

std::string subscription_target(const SubscriptionOptions& options) {
  std::string target = "/v1/subscribe";
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    target += fmt::format("{}{}={}", separator, name, proto::encode_topic_path(value));
    separator = '&';
  };
  for (const std::string& topic : options.topics) add("topic", topic);
  for (const std::string& pattern : options.match) add("match", pattern);
  if (options.last > 0) add("last", std::to_string(options.last));
  if (!options.after.empty()) add("after", options.after);
  return target;
}

base::Result<std::string> read_state(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return std::string();
  if (descriptor < 0) return system_error("read", path);
  std::array<char, 256> buffer;
  const ssize_t n = ::read(descriptor, buffer.data(), buffer.size());
  const int failed = errno;
  ::close(descriptor);
  errno = failed;
  if (n < 0) return system_error("read", path);
  std::string cursor(buffer.data(), static_cast<std::size_t>(n));
  while (!cursor.empty() && (cursor.back() == '\n' || cursor.back() == '\r')) cursor.pop_back();
  if (cursor.find_first_of("\r\n") != std::string::npos || cursor.size() > 128) {
    return make_error(ErrorCode::kUsage, fmt::format("{} holds no cursor", path));
  }
  return cursor;
}

base::Result<> write_state(const std::string& path, const std::string& cursor) {
  const std::string next = path + ".new";
  const int descriptor = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return system_error("write", next);
  const bool written = write_and_sync(descriptor, cursor + "\n");
  const int failed = errno;
  ::close(descriptor);
  errno = failed;
  if (!written) return system_error("write", next);
  if (::rename(next.c_str(), path.c_str()) != 0) return system_error("replace", path);
  return {};
}

}  // namespace weir::cli
