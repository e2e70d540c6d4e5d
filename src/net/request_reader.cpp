#include "net/request_reader.hpp"

#include <limits>

namespace weir::net {
namespace {

using base::ErrorCode;
using base::make_error;

// Some clients send an empty line after a body (RFC 9112, 2.2); more than a few are an attack.
constexpr std::uint8_t kLeadingLinesMax = 4;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

HeadAndBodyParser::HeadAndBodyParser() {
  header_limit(std::numeric_limits<std::uint32_t>::max());  // HeadCheck has held the limits.
  body_limit(boost::none);                                  // The connection holds them.
}

void HeadAndBodyParser::on_request_impl(boost::beast::http::verb /*method*/, text method_text,
                                        text target, int version, error_code& /*error*/) {
  head.method = view(method_text);
  head.target = view(target);
  head.minor_version = version % 10;
}

void HeadAndBodyParser::on_response_impl(int /*code*/, text /*reason*/, int /*version*/,
                                         error_code& /*error*/) {}

void HeadAndBodyParser::on_field_impl(boost::beast::http::field /*field*/, text name, text value,
                                      error_code& /*error*/) {
  // Trailers are read over: merging them into the head would let a body change what was decided
  // from it.
  if (!head_done_) head.headers.add(std::string(view(name)), std::string(view(value)));
}

void HeadAndBodyParser::on_header_impl(error_code& /*error*/) { head_done_ = true; }

void HeadAndBodyParser::on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                                          error_code& /*error*/) {}

std::size_t HeadAndBodyParser::on_body_impl(text body, error_code& /*error*/) {
  piece = view(body);
  return body.size();
}

void HeadAndBodyParser::on_chunk_header_impl(std::uint64_t size, text /*extensions*/,
                                             error_code& /*error*/) {
  chunk_left = size;
}

std::size_t HeadAndBodyParser::on_chunk_body_impl(std::uint64_t /*left*/, text body,
                                                  error_code& /*error*/) {
  piece = view(body);
  chunk_left -= body.size();
  return body.size();
}

void HeadAndBodyParser::on_finish_impl(error_code& /*error*/) {}

RequestReader::RequestReader(const HeadLimits& limits) : limits_(limits), head_check_(limits) {}

void RequestReader::reset(const HeadLimits& limits) {
  limits_ = limits;
  head_check_ = HeadCheck(limits);
  parser_.reset();
  meaning_ = {};
  body_left_.reset();
  stage_ = Stage::kLeadingLines;
  leading_lines_ = 0;
  started_ = false;
  first_chunk_ = true;
}

RequestReader::Step RequestReader::fail(base::Error error) {
  error_ = std::move(error);
  return {Event::kFailed, 0, {}};
}

RequestReader::Step RequestReader::step(std::string_view input) {
  switch (stage_) {
    case Stage::kLeadingLines:
    case Stage::kHead:
      return read_head(input);
    case Stage::kBody:
      return meaning_.chunked ? read_chunks(input) : read_body(input);
    case Stage::kEnd:
      break;
  }
  return {Event::kEnd, 0, {}};
}

RequestReader::Step RequestReader::read_head(std::string_view input) {
  if (input.empty()) return {Event::kNeedMore, 0, {}};
  if (stage_ == Stage::kLeadingLines) {
    std::size_t skipped = 0;
    while (input.substr(skipped).starts_with("\r\n")) {
      skipped += 2;
      if (++leading_lines_ > kLeadingLinesMax) {
        return fail(make_error(ErrorCode::kMalformedHttp, "empty lines instead of a request"));
      }
    }
    if (skipped > 0) return {Event::kNeedMore, skipped, {}};
    started_ = true;
    if (input == "\r") return {Event::kNeedMore, 0, {}};
    stage_ = Stage::kHead;
  }
  switch (head_check_.scan(input)) {
    case HeadCheck::Status::kNeedMore:
      return {Event::kNeedMore, 0, {}};
    case HeadCheck::Status::kFailed:
      return fail(head_check_.error());
    case HeadCheck::Status::kComplete:
      break;
  }
  parser_.emplace();
  boost::beast::error_code error;
  const std::size_t consumed =
      parser_->put(boost::asio::const_buffer(input.data(), head_check_.size()), error);
  if (error && parser_->head.target.empty()) {
    return fail(make_error(ErrorCode::kMalformedHttp, error.message()));
  }
  // The meaning first: it names what is wrong where Beast only says that something is.
  auto meaning = read_meaning(parser_->head);
  if (!meaning) return fail(std::move(meaning).error());
  if (error || consumed != head_check_.size()) {
    return fail(make_error(ErrorCode::kMalformedHttp, error.message()));
  }
  auto url = proto::parse_target(parser_->head.target);
  if (!url) return fail(std::move(url).error());
  parser_->head.url = std::move(*url);
  settle_host(parser_->head);
  meaning_ = *meaning;
  body_left_ = meaning_.content_length;
  parser_->head.has_body = !parser_->is_done();
  stage_ = parser_->is_done() ? Stage::kEnd : Stage::kBody;
  return {Event::kHead, consumed, {}};
}

RequestReader::Step RequestReader::read_body(std::string_view input) {
  if (input.empty()) return {Event::kNeedMore, 0, {}};
  boost::beast::error_code error;
  const std::size_t consumed =
      parser_->put(boost::asio::const_buffer(input.data(), input.size()), error);
  if (error) return fail(make_error(ErrorCode::kMalformedHttp, error.message()));
  *body_left_ -= consumed;
  if (parser_->is_done()) stage_ = Stage::kEnd;
  return {Event::kBody, consumed, parser_->piece};
}

RequestReader::Step RequestReader::read_chunks(std::string_view input) {
  if (input.empty()) return {Event::kNeedMore, 0, {}};
  const bool in_data = parser_->chunk_left > 0;
  if (!in_data) {
    ChunkCheck header = check_chunk_header(input, first_chunk_, limits_.head_bytes_max);
    if (header.status == ChunkCheck::Status::kNeedMore) return {Event::kNeedMore, 0, {}};
    if (header.status == ChunkCheck::Status::kFailed) return fail(std::move(header.error));
    input = input.substr(0, header.size);
    first_chunk_ = false;
  }
  boost::beast::error_code error;
  const std::size_t consumed =
      parser_->put(boost::asio::const_buffer(input.data(), input.size()), error);
  if (error || (!in_data && consumed != input.size())) {
    return fail(make_error(ErrorCode::kMalformedHttp,
                           error ? error.message() : "the body's framing is not valid"));
  }
  if (parser_->is_done()) {
    stage_ = Stage::kEnd;
    return {Event::kEnd, consumed, {}};
  }
  return {Event::kBody, consumed, in_data ? parser_->piece : std::string_view()};
}

}  // namespace weir::net
