#include "net/http2_exchange.hpp"

#include "base/check.hpp"
#include "net/http2_connection.hpp"

namespace weir::net {

void Http2Exchange::respond(Response response) {
  if (connection_ != nullptr) connection_->respond(*stream_, std::move(response));
}

void Http2Exchange::start_response(Response head) {
  if (connection_ != nullptr) connection_->start_response(*stream_, std::move(head));
}

void Http2Exchange::write(std::string bytes) {
  if (connection_ != nullptr) connection_->write(*stream_, std::move(bytes));
}

void Http2Exchange::finish() {
  if (connection_ != nullptr) connection_->finish(*stream_);
}

std::size_t Http2Exchange::unsent() const {
  return connection_ != nullptr ? stream_->request->unsent() : 0;
}

void Http2Exchange::note_waiting(std::size_t bytes) {
  if (connection_ != nullptr) connection_->note_waiting(*stream_, bytes);
}

bool Http2Exchange::hold_back(std::size_t bytes) {
  return connection_ == nullptr || connection_->hold_back(*stream_, bytes);
}

void Http2Exchange::pause_body() {
  if (connection_ != nullptr) connection_->pause_body(*stream_);
}

void Http2Exchange::resume_body() {
  if (connection_ != nullptr) connection_->resume_body(*stream_);
}

OpenStream Http2Exchange::detach(StreamOwner owner, StreamOpening opening) {
  WEIR_CHECK(connection_ != nullptr, "only a living exchange becomes a stream");
  return connection_->detach(*stream_, owner, std::move(opening));
}

}  // namespace weir::net
