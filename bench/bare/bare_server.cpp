#include "bare/bare_server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "common/fatal.hpp"
#include "common/socket.hpp"

namespace weir::bench {
namespace {

constexpr size_t kHistoryEvents = 4096;
constexpr std::string_view kIdPrefix = "ba5eba5eba5eba5e-";
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    "Cache-Control: no-cache, no-store, no-transform\r\nTransfer-Encoding: chunked\r\n\r\n";
// The key is always that of the load generator, the example of RFC 6455, section 1.3.
constexpr std::string_view kUpgrade =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// The value of header `name`, or an empty text. `name` is written as "\nName: ", as our generator
// sends it.
std::string_view header(std::string_view head, std::string_view name) {
  size_t at = head.find(name);
  if (at == std::string_view::npos) return {};
  at += name.size();
  return head.substr(at, head.find('\r', at) - at);
}

uint64_t to_number(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// One event as one HTTP chunk, framed as the server frames its own, so that equal bytes are
// compared.
void append_frame(std::string& out, uint64_t sequence, std::string_view data) {
  char id[48];
  int id_bytes =
      std::snprintf(id, sizeof id, "id: %.*s%llu\ndata: ", static_cast<int>(kIdPrefix.size()),
                    kIdPrefix.data(), static_cast<unsigned long long>(sequence));
  char size[24];
  int size_bytes =
      std::snprintf(size, sizeof size, "%zx\r\n", static_cast<size_t>(id_bytes) + data.size() + 2);
  out.append(size, static_cast<size_t>(size_bytes));
  out.append(id, static_cast<size_t>(id_bytes));
  out.append(data);
  out.append("\n\n\r\n");
}

// One event as one text frame of a WebSocket, with the message that the server makes of it. The
// generator's payloads need no escapes.
void append_message(std::string& out, std::string_view path, uint64_t sequence,
                    std::string_view data) {
  std::string message = "{\"cursor\":\"";
  message.append(kIdPrefix).append(std::to_string(sequence)).append("\",\"topic\":\"");
  message.append(path.substr(path.rfind('/') + 1)).append(R"(","event":"message","data":")");
  message.append(data).append(R"(","time":"2026-01-01T00:00:00.000Z"})");
  // FIN and text; then the length, in two or eight bytes if it needs them (RFC 6455, section 5.2).
  out.push_back('\x81');
  size_t size = message.size();
  size_t length_bytes = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
  out.push_back(static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
  for (size_t i = length_bytes; i-- > 0;) out.push_back(static_cast<char>(size >> (8 * i)));
  out.append(message);
}

}  // namespace

BareServer::BareServer(const Settings& settings)
    : settings_(settings),
      listener_(listen_on(parse_address(settings.listen))),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(256 * 1024) {
  if (epoll_ < 0) fatal_errno("epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
}

void BareServer::run() {
  std::vector<epoll_event> ready(1024);
  for (;;) {
    int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), -1);
    if (count < 0 && errno != EINTR) fatal_errno("epoll_wait");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = ready[static_cast<size_t>(i)];
      int descriptor = event.data.fd;
      if (descriptor == listener_) {
        accept_all();
        continue;
      }
      if ((event.events & EPOLLOUT) != 0) write_rest(descriptor);
      if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_requests(descriptor);
    }
    if (!topics_to_flush_.empty()) flush_merged();
  }
}

void BareServer::accept_all() {
  for (;;) {
    int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    send_without_delay(descriptor);
    auto number = static_cast<size_t>(descriptor);
    if (connections_.size() <= number) connections_.resize(number + 1);
    connections_[number] = std::make_unique<Connection>();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }
}

void BareServer::read_requests(int descriptor) {
  auto& connection = connections_[static_cast<size_t>(descriptor)];
  if (!connection) return;  // closed earlier in this round
  ssize_t got = recv(descriptor, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    close_connection(descriptor);
    return;
  }
  answers_.clear();
  std::string_view bytes(buffer_.data(), static_cast<size_t>(got));
  if (connection->in.empty()) {
    size_t used = handle_requests(descriptor, bytes);
    connection->in.assign(bytes.substr(used));
  } else {
    connection->in.append(bytes);
    size_t used = handle_requests(descriptor, connection->in);
    connection->in.erase(0, used);
  }
  if (connection->in.empty()) std::string().swap(connection->in);
}

size_t BareServer::handle_requests(int descriptor, std::string_view bytes) {
  struct Post {
    std::string_view path;
    std::string_view body;
  };
  std::vector<Post> posts;
  size_t used = 0;
  for (;;) {
    std::string_view rest = bytes.substr(used);
    size_t head_end = rest.find("\r\n\r\n");
    if (head_end == std::string_view::npos) break;
    std::string_view head = rest.substr(0, head_end + 2);
    size_t path_start = head.find(' ') + 1;
    std::string_view path = head.substr(path_start, head.find(' ', path_start) - path_start);
    size_t body_bytes = to_number(header(head, "\nContent-Length: "));
    if (rest.size() < head_end + 4 + body_bytes) break;
    used += head_end + 4 + body_bytes;
    if (head.starts_with("POST")) {
      answers_.append(kAnswer);
      posts.push_back({path, rest.substr(head_end + 4, body_bytes)});
    } else if (path == "/readyz") {
      answers_.append(kAnswer);
    } else {
      subscribe(descriptor, path, head);
    }
  }
  // The answers of pipelined requests leave together, before the fan-out that they stand for.
  if (!answers_.empty()) send_or_keep(descriptor, answers_);
  for (const Post& post : posts) publish(post.path, post.body);
  return used;
}

uint32_t BareServer::topic_of(std::string_view path) {
  auto [entry, is_new] =
      topic_numbers_.try_emplace(std::string(path), static_cast<uint32_t>(topics_.size()));
  if (is_new) topics_.emplace_back();
  return entry->second;
}

void BareServer::subscribe(int descriptor, std::string_view path, std::string_view head) {
  // What waits for the end of this round is history already: it must not reach a newcomer twice.
  if (settings_.merge) flush_merged();
  uint32_t number = topic_of(path);
  Topic& topic = topics_[number];
  Connection& connection = *connections_[static_cast<size_t>(descriptor)];
  if (connection.topic != kNoTopic) return;
  connection.topic = number;
  connection.position = static_cast<uint32_t>(topic.subscribers.size());
  topic.subscribers.push_back({descriptor, false});

  std::string first(settings_.websocket ? kUpgrade : kHead);
  std::string_view last_id = header(head, "\nLast-Event-ID: ");
  if (last_id.starts_with(kIdPrefix)) {
    uint64_t seen = to_number(last_id.substr(kIdPrefix.size()));
    uint64_t missed = topic.head > seen ? topic.head - seen : 0;
    if (missed > topic.starts.size()) missed = topic.starts.size();
    if (missed > 0) first.append(topic.history, topic.starts[topic.starts.size() - missed]);
  }
  send_or_keep(descriptor, first);
}

void BareServer::publish(std::string_view path, std::string_view body) {
  uint32_t number = topic_of(path);
  Topic& topic = topics_[number];
  if (topic.starts.size() == 2 * kHistoryEvents) {
    size_t cut = topic.starts[kHistoryEvents];
    topic.history.erase(0, cut);
    topic.starts.erase(topic.starts.begin(), topic.starts.begin() + kHistoryEvents);
    for (size_t& start : topic.starts) start -= cut;
  }
  size_t start = topic.history.size();
  topic.starts.push_back(start);
  if (settings_.websocket) {
    append_message(topic.history, path, ++topic.head, body);
  } else {
    append_frame(topic.history, ++topic.head, body);
  }
  std::string_view frame = std::string_view(topic.history).substr(start);
  if (!settings_.merge) {
    deliver(topic, frame);
    return;
  }
  if (topic.merged.empty()) topics_to_flush_.push_back(number);
  topic.merged.append(frame);
}

void BareServer::flush_merged() {
  for (uint32_t number : topics_to_flush_) {
    Topic& topic = topics_[number];
    deliver(topic, topic.merged);
    topic.merged.clear();
  }
  topics_to_flush_.clear();
}

void BareServer::deliver(Topic& topic, std::string_view frames) {
  for (Subscriber& subscriber : topic.subscribers) {
    ssize_t sent = 0;
    if (!subscriber.blocked) {
      sent = send(subscriber.descriptor, frames.data(), frames.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent == static_cast<ssize_t>(frames.size())) continue;
      // A broken connection is closed when epoll reports it; what it would have got is dropped
      // then.
      if (sent < 0) sent = 0;
      subscriber.blocked = true;
      wait_for(subscriber.descriptor, EPOLLIN | EPOLLOUT);
    }
    connections_[static_cast<size_t>(subscriber.descriptor)]->out.append(
        frames.substr(static_cast<size_t>(sent)));
  }
}

void BareServer::send_or_keep(int descriptor, std::string_view bytes) {
  Connection& connection = *connections_[static_cast<size_t>(descriptor)];
  if (connection.out.empty()) {
    ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
    if (bytes.empty()) return;
    wait_for(descriptor, EPOLLIN | EPOLLOUT);
    if (connection.topic != kNoTopic) {
      topics_[connection.topic].subscribers[connection.position].blocked = true;
    }
  }
  connection.out.append(bytes);
}

void BareServer::write_rest(int descriptor) {
  auto& connection = connections_[static_cast<size_t>(descriptor)];
  if (!connection) return;
  std::string& out = connection->out;
  size_t written = 0;
  while (written < out.size()) {
    ssize_t sent =
        send(descriptor, out.data() + written, out.size() - written, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) break;
    written += static_cast<size_t>(sent);
  }
  out.erase(0, written);
  if (!out.empty()) return;
  std::string().swap(out);
  wait_for(descriptor, EPOLLIN);
  if (connection->topic != kNoTopic) {
    topics_[connection->topic].subscribers[connection->position].blocked = false;
  }
}

void BareServer::wait_for(int descriptor, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void BareServer::close_connection(int descriptor) {
  auto& connection = connections_[static_cast<size_t>(descriptor)];
  if (connection->topic != kNoTopic) {
    auto& subscribers = topics_[connection->topic].subscribers;
    subscribers[connection->position] = subscribers.back();
    connections_[static_cast<size_t>(subscribers.back().descriptor)]->position =
        connection->position;
    subscribers.pop_back();
  }
  connection.reset();
  close(descriptor);
}

}  // namespace weir::bench
