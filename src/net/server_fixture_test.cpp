#include "net/server_fixture.hpp"

#include <netdb.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/listener.hpp"

namespace weir::net::test {

Client::Client(const std::string& address, int receive_buffer) {
  const std::size_t colon = address.rfind(':');
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints,
                    &found) != 0) {
    ADD_FAILURE() << "cannot resolve " << address;
    return;
  }
  descriptor_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const timeval deadline{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
  if (::connect(descriptor_, found->ai_addr, found->ai_addrlen) != 0) close();
  ::freeaddrinfo(found);
}

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // The server has closed: the answer will tell.
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Client::shut_down_sending() { ::shutdown(descriptor_, SHUT_WR); }

void Client::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Client::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

bool Client::fill() {
  char bytes[16384];
  const ssize_t got = ::recv(descriptor_, bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ADD_FAILURE() << "no answer in time";
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::string Client::receive() {
  if (buffer_.empty()) fill();
  return std::exchange(buffer_, {});
}

std::string Client::receive_until(std::string_view text) {
  for (;;) {
    const std::size_t at = buffer_.find(text);
    if (at != std::string::npos) {
      std::string taken = buffer_.substr(0, at + text.size());
      buffer_.erase(0, at + text.size());
      return taken;
    }
    if (!fill()) return std::exchange(buffer_, {});
  }
}

std::string Client::receive_all() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string Client::receive_answer(bool head) {
  std::string answer = receive_until("\r\n\r\n");
  if (head) return answer;
  if (answer.find("Transfer-Encoding: chunked") != std::string::npos) {
    return answer + receive_until("\r\n0\r\n\r\n");
  }
  const std::size_t at = answer.find("Content-Length: ");
  if (at == std::string::npos) return answer;
  const std::size_t length = std::stoul(answer.substr(at + 16));
  while (buffer_.size() < length && fill()) {
  }
  answer += buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

BodyPlan ScriptedHandler::plan(const RequestHead& head) {
  BodyPlan plan;
  plan.bytes_max = 1 << 20;
  for (const char* target : {"/upload", "/stream", "/amplify", "/late"}) {
    if (head.target == target) plan.kind = BodyPlan::Kind::kStream;
  }
  if (head.target == "/small") plan.bytes_max = 10;
  if (head.target == "/refuse") {
    plan.kind = BodyPlan::Kind::kRefuse;
    plan.refusal = problem_response({base::ErrorCode::kNotFound, {}});
  }
  return plan;
}

void ScriptedHandler::count_abort() {
  ++aborted;
  aborted.notify_all();
}

void ScriptedHandler::on_request(std::shared_ptr<Exchange> exchange) {
  ++requests;
  const RequestHead& head = exchange->head();
  if (head.target == "/upload") {
    uploads[exchange.get()] = 0;
    exchange->on_abort([this] { count_abort(); });
    return;
  }
  if (head.target == "/amplify") return exchange->start_response({});
  if (head.target == "/late") return;
  if (head.target == "/later") {
    exchange->on_abort([this] { count_abort(); });
    waiting.push_back(std::move(exchange));
    if (on_later) on_later();
    return;
  }
  if (head.target == "/stream") return on_stream(exchange);
  Response response;
  response.set("Content-Type", "text/plain");
  if (head.target == "/pieces") {
    exchange->start_response(std::move(response));
    exchange->write("one");
    exchange->write("two and more");
    return exchange->finish();
  }
  if (head.target == "/nothing") {
    response.status = 204;
  } else if (head.target == "/big") {
    response.body.assign(8 << 20, 'x');
  } else if (head.has_body) {
    response.body = exchange->body();
  } else {
    response.body = head.target;
  }
  exchange->respond(std::move(response));
}

void ScriptedHandler::amplify(Exchange& exchange, std::size_t bytes) {
  std::string answer(100 * bytes, 'a');
  amplified += answer.size();
  if (exchange.head().target == "/amplify") return exchange.write(std::move(answer));
  const auto [held, first] = held_back.try_emplace(&exchange);
  const bool begun = !first && held->second.empty();
  if (begun) return exchange.write(std::move(answer));
  const bool room = exchange.hold_back(answer.size());
  held->second += answer;
  if (room) return;
  exchange.start_response({});
  exchange.write(std::exchange(held->second, {}));
}

void ScriptedHandler::on_body(const std::shared_ptr<Exchange>& exchange, std::string_view bytes) {
  const auto& target = exchange->head().target;
  if (target == "/amplify" || target == "/late") return amplify(*exchange, bytes.size());
  uploads[exchange.get()] += bytes.size();
  if (bytes.find("PAUSE") != std::string_view::npos) {
    exchange->pause_body();
    paused = exchange;
  }
  if (bytes.find("STOP") != std::string_view::npos) {
    exchange->respond(problem_response({base::ErrorCode::kBadEvent, {}}));
  }
}

void ScriptedHandler::on_body_end(const std::shared_ptr<Exchange>& exchange) {
  const auto& target = exchange->head().target;
  if (target == "/amplify" || target == "/late") {
    if (auto& held = held_back[exchange.get()]; !held.empty()) {
      exchange->start_response({});
      exchange->write(std::exchange(held, {}));
    }
    return exchange->finish();
  }
  Response response;
  response.body = std::to_string(uploads[exchange.get()]);
  exchange->respond(std::move(response));
}

TestServer::TestServer(const base::Settings& settings, StreamObserver* observer,
                       const ListenerOptions& options, std::shared_ptr<const TlsContext> tls) {
  ::signal(SIGPIPE, SIG_IGN);  // As the program does: OpenSSL writes without MSG_NOSIGNAL.
  streams = std::make_unique<StreamTable>(observer != nullptr ? *observer : no_observer_);
  server = std::make_unique<HttpServer>(loop, settings, handler, *streams, metrics);
  const auto listener = open_listener("127.0.0.1:0");
  address = listener_address(*listener);
  server->use_tls(std::move(tls));
  server->accept_on(*listener, options);
  loop.watch(streams->descriptor(), [this] { streams->poll(); });
  thread_ = std::thread([this] { loop.run(); });
}

TestServer::~TestServer() {
  on_loop([this] {
    handler.waiting.clear();
    handler.paused.reset();
    server.reset();
  });
  loop.stop();
  thread_.join();
}

void TestServer::on_loop(const std::function<void()>& callback) {
  std::promise<void> done;
  loop.post([&] {
    callback();
    done.set_value();
  });
  done.get_future().wait();
}

int status_of(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
  return std::stoi(std::string(answer.substr(9, 3)));
}

std::string body_of(std::string_view answer) {
  const std::size_t at = answer.find("\r\n\r\n");
  return at == std::string_view::npos ? "" : std::string(answer.substr(at + 4));
}

}  // namespace weir::net::test
