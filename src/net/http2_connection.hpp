#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/http2_budget.hpp"
#include "net/http2_exchange.hpp"
#include "net/http2_stream.hpp"
#include "net/http_server_impl.hpp"
#include "net/reading_connection.hpp"

namespace weir::net {

/// One HTTP/2 connection (RFC 9113): many requests at once, and the event streams that some of them
/// have become, over one socket. nghttp2 has the protocol's state; it is given bytes and asked for
/// bytes, and never sees the socket.
///
/// What nghttp2 reports from within is only written down; handlers and streams' owners are called
/// afterwards, when it may be called again. Output is collected during the loop's turn and leaves
/// at its end, so that an event for all of a connection's streams is one write; what the socket
/// does not take is bounded, and nothing more is taken from anybody until it has gone.
///
/// Shard thread only; see Connection.
class Http2Connection final : public ReadingConnection, private StreamCarrier {
 public:
  Http2Connection(HttpServer::Impl& server, Socket socket, const ConnectionOrigin& origin,
                  std::uint32_t place);
  ~Http2Connection() override;

  void start() override;
  /// The same for a connection of which some bytes have been read, the preface first.
  void start_with(std::string_view bytes);
  void start_refusing() override;
  void on_events(std::uint32_t events) override;
  void on_tick(std::uint64_t entry_tick) override;
  void drain() override;
  void abort() override;

  // What an Exchange does.
  void respond(Http2Stream& stream, Response response);
  void start_response(Http2Stream& stream, Response head);
  void write(Http2Stream& stream, std::string bytes);
  void finish(Http2Stream& stream);
  void note_waiting(Http2Stream& stream, std::size_t bytes);
  bool hold_back(Http2Stream& stream, std::size_t bytes);
  void pause_body(Http2Stream& stream);
  void resume_body(Http2Stream& stream);
  OpenStream detach(Http2Stream& stream, StreamOwner owner, StreamOpening opening);

 private:
  friend struct Http2Callbacks;

  // What the answers of one connection may hold together. Beyond it no more of a body is handed on
  // to who answers it, and requests that come are refused.
  static constexpr std::size_t kAnswerBytesMax = 16 * 1024 * 1024;
  // Of that, what is held back until a body has ended: less than what has to be free before bodies
  // go on, which would otherwise wait for each other.
  static constexpr std::size_t kHeldBackBytesMax = kAnswerBytesMax / 4;

  enum class State : std::uint8_t {
    kOpen,
    kEnding,  // The last frames are on their way; nothing is read any more.
    kLinger,  // Our half is closed; waiting for the client to have read it.
    kClosed,
  };

  // Reading (http2_connection.cpp).
  bool wants_read() const override;
  bool is_lingering() const override { return state_ == State::kLinger; }
  void take_input(std::string_view bytes) override;
  void on_end_of_input() override;
  void fail_input(int failure);

  // What nghttp2 tells (http2_callbacks.cpp says which callback does what). Nothing here calls out.
  int on_begin_headers(std::int32_t id);
  int on_field(std::int32_t id, std::string_view name, std::string_view value);
  int on_data(std::int32_t id, std::string_view bytes);
  int on_frame(const nghttp2_frame& frame);
  void on_sent(const nghttp2_frame& frame);
  void on_stream_closed(std::int32_t id);
  ssize_t read_source(Http2Stream& stream, std::size_t bytes_max, std::uint32_t& flags);
  void send_data(Http2Stream& stream, std::span<const std::uint8_t> frame_head, std::size_t bytes);
  int calm_down();

  // A turn: everything that was told is looked at, and what came of it is sent.
  void schedule_turn();
  void turn();
  void look_at_events();
  bool has_events() const { return !closed_.empty() || !touched_.empty() || !ready_.empty(); }
  void touch(Http2Stream& stream);

  // Requests (http2_connection_requests.cpp).
  void advance(Http2Stream& stream);
  void on_head(Http2Stream& stream);
  void plan_request(Http2Stream& stream);
  bool collect_body(Http2Stream& stream, const BodyPlan& plan);
  void take_body(Http2Stream& stream);
  bool may_take_piece(Http2Stream& stream);
  void take_piece(Http2Stream& stream);
  void deliver_input(Http2Stream& stream);
  void on_body_end(Http2Stream& stream);
  void refuse(Http2Stream& stream, const base::Error& error);

  // Answers (http2_connection_answer.cpp).
  bool begin_answer(Http2Stream& stream, const Response& head, bool length_known);
  void complete_answer(Http2Stream& stream);
  std::size_t answer_bytes() const { return unsent_bytes_ + kept_bytes_ + held_back_bytes_; }
  bool may_wake_bodies() const;
  void wake_bodies();
  void untie_exchange(Http2Stream& stream, bool aborted);
  void stop_upload(Http2Stream& stream);
  void set_write_deadline(Http2Request& request);
  void send_more(Http2Stream& stream);
  void reset_stream(Http2Stream& stream, std::uint32_t code);

  // Event streams (http2_connection_streams.cpp).
  ssize_t send(Key key, std::span<const iovec> pieces) override;
  void close(Key key) override;
  void reset(Key key) override;
  void want_input(Key key, bool wanted) override;
  std::optional<base::IpAddress> peer() const override;
  Http2Stream* find_parked(Key key);

  // Output (http2_connection_output.cpp).
  bool owes() const { return out_.size() > out_sent_ || socket_.retains(); }
  bool output_full() const;
  void append(std::string_view bytes);
  void pump();
  void flush();
  void set_idle_deadline();

  // Ending.
  void terminate(std::uint32_t code);
  void begin_last_goaway();
  void check_end();
  void count_waiting();
  void drop_streams();
  void linger();
  void close_now();

  // Deadlines, in ticks; 0 is none.
  std::uint64_t ticks_from_now(std::chrono::milliseconds duration) const;
  void arm(std::uint64_t deadline);
  void check_connection(std::uint64_t now);
  void check_requests(std::uint64_t now);
  void check_peer(std::uint64_t now);
  bool expire(Http2Stream& stream, std::uint64_t now);
  void set_body_deadline(Http2Request& request);

  Http2Stream* find(std::int32_t id) const;
  std::shared_ptr<Http2Connection> self();

  nghttp2_session* session_ = nullptr;
  Http2StreamList active_;  // With a request, or with an end to send.
  Http2StreamList parked_;
  std::vector<std::int32_t> touched_;
  std::vector<std::int32_t> ready_;  // Parked streams that may send again.
  std::vector<Http2Stream*> closed_;

  std::string out_;  // What the socket has not taken.
  std::size_t out_sent_ = 0;

  // The write that is under way: of which stream, and what nghttp2 has not yet taken of it.
  Http2Stream* sending_ = nullptr;
  std::span<const iovec> pieces_;
  std::size_t piece_offset_ = 0;
  std::size_t pieces_left_ = 0;
  std::int32_t last_served_ = 0;

  Http2Budget resets_;
  Http2Budget frames_;

  std::uint64_t head_deadline_ = 0;  // Of the preface, or of a header block.
  std::uint64_t idle_deadline_ = 0;
  std::uint64_t write_deadline_ = 0;
  std::uint64_t goaway_deadline_ = 0;  // Draining: until then new requests are taken.
  std::uint64_t linger_deadline_ = 0;
  std::uint64_t last_heard_ = 0;
  std::uint64_t pinged_ = 0;
  std::uint64_t armed_tick_ = 0;

  std::size_t held_bytes_ = 0;  // Of bodies that have come and are not worked off.
  // Of answers: what the client has not taken, what is to become of bodies that have been handed
  // on, and what waits for the end of a body.
  std::size_t unsent_bytes_ = 0;
  std::size_t kept_bytes_ = 0;
  std::size_t held_back_bytes_ = 0;
  std::string peer_text_;

  State state_ = State::kOpen;
  bool greeted_ = false;   // The client's preface and first SETTINGS have come.
  bool in_block_ = false;  // A header block has begun and not ended.
  bool turn_scheduled_ = false;
  bool pumping_ = false;
  bool blocked_ = false;  // The socket was full; an edge will tell that it takes bytes again.
  bool broken_ = false;
  bool calm_ = false;  // The client has done too much of what nobody needs.
  bool last_goaway_ = false;
  bool bodies_wait_ = false;      // For the client to take answers.
  bool counted_waiting_ = false;  // Among the server's `lingering`.
};

}  // namespace weir::net
