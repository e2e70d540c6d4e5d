#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/http_exchange.hpp"
#include "net/http_server_impl.hpp"
#include "net/loop_impl.hpp"
#include "net/reading_connection.hpp"
#include "net/request_reader.hpp"
#include "net/response_writer.hpp"

namespace weir::net {

/// One HTTP/1.1 connection (RFC 9112): reads a request, hands it to the handler, writes the answer,
/// and only then looks at the next request. What arrives meanwhile waits here up to a bound and in
/// the kernel beyond it. An idle connection holds no buffer: reading goes through the shard's one
/// buffer.
///
/// Shard thread only; see Connection.
class HttpConnection final : public ReadingConnection {
 public:
  HttpConnection(HttpServer::Impl& server, Socket socket, const ConnectionOrigin& origin,
                 std::uint32_t place);

  void start() override;
  void start_refusing() override;
  void drain() override;
  void abort() override;
  void on_tick(std::uint64_t entry_tick) override;
  void on_events(std::uint32_t events) override;

  // What an Exchange does.
  void respond(Response response);
  void start_response(Response head);
  void write(std::string_view bytes);
  void finish();
  std::size_t unsent() const { return out_.size() - out_sent_; }
  void pause_body();
  void resume_body();
  void abort_at_end_of_input();
  OpenStream detach(StreamOwner owner, StreamOpening opening);

 private:
  enum class Stage : std::uint8_t {
    kHead,        // Between requests, or inside a head.
    kWholeBody,   // Collecting a body for the handler.
    kBodyPieces,  // Handing a body on as it comes.
    kWorking,     // The request is complete, the answer is not.
    kDiscard,     // The answer is given; a small rest of the body is read over.
    kFlush,       // The last answer is on its way, then linger.
    kLinger,      // Our half is closed; waiting for the client to have read it.
    kClosed,
  };

  // Reading.
  bool wants_read() const override;
  bool is_lingering() const override { return stage_ == Stage::kLinger; }
  void take_input(std::string_view fresh) override;
  void on_end_of_input() override;
  void end_without_request();
  void pass_input_on();
  void abort_if_left();
  std::size_t process(std::string_view input);
  bool takes_input() const;
  void schedule_processing();
  void become_http2(std::string_view bytes);

  // One request.
  void on_head();
  void collect_body(const BodyPlan& plan);
  void on_body(std::string_view piece);
  void on_request_end();
  void refuse(const base::Error& error);
  void refuse_malformed(const base::Error& error);

  // The answer.
  void begin_answer(const Response& response, Framing framing);
  void send_answer(std::string_view body);
  void complete_answer();
  void next_request();
  bool can_discard_body() const;

  // Writing.
  /// Whether something of what was sent is not with the kernel yet.
  bool owes() const { return unsent() > 0 || socket_.retains(); }
  void send(std::span<const iovec> pieces);
  void flush();
  void block();
  void after_flush();

  // Ending.
  void close_in_order();
  void close_idle();
  void linger();
  void close();
  void untie_exchange(bool aborted);

  // Deadlines, in ticks; 0 is none.
  void set_read_deadline(std::chrono::milliseconds from_now);
  void set_body_deadline();
  void set_write_deadline();
  void arm_wheel();
  void on_read_deadline();
  void end_of_grace();

  std::shared_ptr<HttpConnection> self();

  RequestReader reader_;
  std::shared_ptr<HttpExchange> exchange_;

  std::string input_;  // What was read and not yet taken; empty for an idle connection.
  std::size_t input_taken_ = 0;
  std::string out_;  // What the socket has not taken.
  std::size_t out_sent_ = 0;

  std::uint64_t read_deadline_ = 0;
  std::uint64_t write_deadline_ = 0;
  std::uint64_t armed_tick_ = 0;
  std::uint64_t body_began_ = 0;
  std::size_t body_bytes_max_ = 0;
  std::size_t discarded_ = 0;

  std::string peer_text_;  // Made for the first request.
  StreamId detached_;      // The stream that the connection has become.
  Stage stage_ = Stage::kHead;
  bool fresh_ = true;  // No request yet.
  bool head_deadline_set_ = false;
  bool blocked_ = false;  // The socket was full; an edge will tell that it takes bytes again.
  bool processing_ = false;
  bool starved_ = false;  // The reader has had all of the input and wants more.
  bool processing_scheduled_ = false;
  bool corked_ = false;  // More requests wait in the input: their answers may leave together.
  bool end_of_input_ = false;
  bool aborts_at_end_ = false;  // Of the input, while this request's answer is waited for.
  bool paused_ = false;
  bool keep_alive_ = true;
  bool body_done_ = true;
  bool answer_started_ = false;
  bool answer_chunked_ = false;
  bool answer_has_body_ = true;
  bool was_detached_ = false;
};

}  // namespace weir::net
