#pragma once

#include <functional>
#include <string>

#include "net/handler.hpp"

namespace weir::net {

class HttpConnection;

/// The Exchange of one HTTP/1.1 request. It outlives its connection if the handler keeps it:
/// whatever ends the request unties the two, and from then on every call does nothing. Shard thread
/// only.
class HttpExchange final : public Exchange {
 public:
  HttpExchange(HttpConnection& connection, RequestHead head)
      : connection_(&connection), head_(std::move(head)) {}

  const RequestHead& head() const override { return head_; }
  std::string_view body() const override { return body_; }
  bool alive() const override { return connection_ != nullptr; }

  void respond(Response response) override;
  void start_response(Response head) override;
  void write(std::string bytes) override;
  void finish() override;
  std::size_t unsent() const override;
  void pause_body() override;
  void resume_body() override;
  void on_abort(std::function<void()> callback) override { aborted_ = std::move(callback); }
  void abort_at_end_of_input() override;
  OpenStream detach(StreamOwner owner, StreamOpening opening) override;
  bool chunks_streams() const override { return head_.minor_version >= 1; }

 private:
  friend class HttpConnection;

  /// The answer is complete, or will never be: the connection is free for the next request.
  void untie() {
    connection_ = nullptr;
    body_ = {};
  }

  HttpConnection* connection_;
  RequestHead head_;
  std::string body_;
  std::function<void()> aborted_;
};

}  // namespace weir::net
