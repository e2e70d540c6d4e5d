#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir::proto {

/// An incremental parser of event streams (WHATWG HTML, "9.2.6 Interpreting an event stream"), for
/// bytes split anywhere. Feed it what arrives; it calls back for each event that is complete.
///
/// One thread at a time. The callbacks' views are valid during the call only; a callback must not
/// feed, reset or destroy the parser.
class SseParser {
 public:
  struct Message {
    std::string_view type;           ///< "message" if the stream names none.
    std::string_view data;           ///< Invalid UTF-8 has become U+FFFD.
    std::string_view last_event_id;  ///< The id in force, set by this or an earlier event.
    bool brings_id = false;          ///< It was this one; Weir's control frames never do.
  };
  struct Limits {
    std::size_t line_bytes_max = 8 << 20;
    std::size_t data_bytes_max = 16 << 20;
  };

  explicit SseParser(std::function<void(const Message&)> on_message);
  SseParser(std::function<void(const Message&)> on_message, Limits limits);

  /// False when a limit was passed: the stream must be given up; further bytes are ignored.
  /// Comments are dropped while they stream and count for nothing.
  bool feed(std::string_view bytes);

  /// The stream ended or broke; an unfinished event is discarded. The last id stays for the next
  /// stream.
  void reset();

  const std::string& last_event_id() const { return last_event_id_; }
  void set_last_event_id(std::string id);

  /// The reconnection time in milliseconds, once a stream has named one; it outlives the stream.
  std::optional<std::uint64_t> retry() const { return retry_; }
  /// Called for each `retry:` field, at its line.
  void on_retry(std::function<void(std::uint64_t)> callback) { on_retry_ = std::move(callback); }
  /// Called for each comment line's text, cut at 1 KiB; clients use it as a sign of life.
  void on_comment(std::function<void(std::string_view)> callback) {
    on_comment_ = std::move(callback);
  }

 private:
  std::string_view take_byte_order_mark(std::string_view bytes);
  void add_to_line(std::string_view piece, bool complete);
  void finish_line(std::string_view line);
  void take_field(std::string_view name, std::string_view value);
  void take_retry(std::string_view value);
  void dispatch();

  std::function<void(const Message&)> on_message_;
  std::function<void(std::uint64_t)> on_retry_;
  std::function<void(std::string_view)> on_comment_;
  Limits limits_;
  std::string last_event_id_;
  std::optional<std::uint64_t> retry_;

  bool at_start_ = true;     ///< A byte order mark may still come.
  bool skip_lf_ = false;     ///< The last line ended in CR; an LF right after it belongs to it.
  bool in_comment_ = false;  ///< The unfinished line is a comment.
  bool failed_ = false;
  std::string
      line_;  ///< The beginning of an unfinished line; of a comment, what stands after the colon.
  std::string type_;
  std::string data_;                       ///< Each data line so far, with an LF after each.
  std::optional<std::string> pending_id_;  ///< Takes effect at the blank line.
};

}  // namespace weir::proto
