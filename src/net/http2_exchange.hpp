#pragma once

#include <functional>
#include <string>

#include "net/handler.hpp"

namespace weir::net {

class Http2Connection;
struct Http2Stream;

/// The Exchange of one HTTP/2 stream. It outlives stream and connection if the handler keeps it:
/// whatever ends the request unties them, and from then on every call does nothing. Shard thread
/// only.
class Http2Exchange final : public Exchange {
 public:
  Http2Exchange(Http2Connection& connection, Http2Stream& stream, RequestHead head)
      : connection_(&connection), stream_(&stream), head_(std::move(head)) {}

  const RequestHead& head() const override { return head_; }
  std::string_view body() const override { return body_; }
  bool alive() const override { return connection_ != nullptr; }

  void respond(Response response) override;
  void start_response(Response head) override;
  void write(std::string bytes) override;
  void finish() override;
  std::size_t unsent() const override;
  void note_waiting(std::size_t bytes) override;
  bool hold_back(std::size_t bytes) override;
  void pause_body() override;
  void resume_body() override;
  void on_abort(std::function<void()> callback) override { aborted_ = std::move(callback); }
  OpenStream detach(StreamOwner owner, StreamOpening opening) override;
  /// HTTP/2 has frames of its own.
  bool chunks_streams() const override { return false; }

 private:
  friend class Http2Connection;

  void untie() {
    connection_ = nullptr;
    stream_ = nullptr;
    body_ = {};
  }

  Http2Connection* connection_;
  Http2Stream* stream_;
  RequestHead head_;
  std::string body_;
  std::function<void()> aborted_;
};

}  // namespace weir::net
