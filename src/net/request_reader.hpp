#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "net/chunk_check.hpp"
#include "net/head_check.hpp"
#include "net/head_meaning.hpp"
#include "net/http_message.hpp"

namespace weir::net {

/// Beast's incremental parser, told to hand what it finds to a RequestHead instead of a container
/// of its own.
class HeadAndBodyParser final : public boost::beast::http::basic_parser<true> {
 public:
  HeadAndBodyParser();

  RequestHead head;
  std::string_view piece;  ///< The body's bytes that the last `put` passed through.
  std::uint64_t chunk_left = 0;

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, text method_text, text target, int version,
                       error_code& error) override;
  void on_response_impl(int code, text reason, int version, error_code& error) override;
  void on_field_impl(boost::beast::http::field field, text name, text value,
                     error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& error) override;
  std::size_t on_body_impl(text body, error_code& error) override;
  void on_chunk_header_impl(std::uint64_t size, text extensions, error_code& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t left, text body, error_code& error) override;
  void on_finish_impl(error_code& error) override;

  bool head_done_ = false;  // Fields after it are trailers.
};

/// The requests of one connection out of its bytes: strict checks of our own around Beast's parser.
/// Knows no socket and no clock. Bytes that a step does not consume must be offered again, with
/// more behind them.
class RequestReader {
 public:
  enum class Event {
    kNeedMore,
    kHead,    ///< The head is there and valid.
    kBody,    ///< A piece of the body, in `Step::body`, a view of the input.
    kEnd,     ///< The request is complete; `reset` before the next.
    kFailed,  ///< Not valid: `error()`. Where the next request would start is unknown.
  };
  struct Step {
    Event event;
    std::size_t consumed = 0;
    std::string_view body;
  };

  explicit RequestReader(const HeadLimits& limits);

  Step step(std::string_view input);
  void reset(const HeadLimits& limits);

  RequestHead& head() { return parser_->head; }
  /// The head of the request that failed, as far as it was read; null if it was not a head.
  const RequestHead* parsed_head() const { return parser_ ? &parser_->head : nullptr; }
  const HeadMeaning& meaning() const { return meaning_; }
  /// Bytes of the body still to come, where its length was announced.
  std::optional<std::uint64_t> body_left() const { return body_left_; }
  const base::Error& error() const { return error_; }
  /// Whether some of a request's bytes have been seen.
  bool started() const { return started_; }

 private:
  Step read_head(std::string_view input);
  Step read_body(std::string_view input);
  Step read_chunks(std::string_view input);
  Step fail(base::Error error);

  enum class Stage { kLeadingLines, kHead, kBody, kEnd };

  HeadLimits limits_;
  HeadCheck head_check_;
  std::optional<HeadAndBodyParser> parser_;
  HeadMeaning meaning_;
  std::optional<std::uint64_t> body_left_;
  base::Error error_;
  Stage stage_ = Stage::kLeadingLines;
  std::uint8_t leading_lines_ = 0;
  bool started_ = false;
  bool first_chunk_ = true;
};

}  // namespace weir::net
