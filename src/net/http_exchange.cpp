#include "net/http_exchange.hpp"

#include "base/check.hpp"
#include "net/http_connection.hpp"

namespace weir::net {

void HttpExchange::respond(Response response) {
  if (connection_ != nullptr) connection_->respond(std::move(response));
}

void HttpExchange::start_response(Response head) {
  if (connection_ != nullptr) connection_->start_response(std::move(head));
}

void HttpExchange::write(std::string bytes) {
  if (connection_ != nullptr) connection_->write(bytes);
}

void HttpExchange::finish() {
  if (connection_ != nullptr) connection_->finish();
}

std::size_t HttpExchange::unsent() const {
  return connection_ != nullptr ? connection_->unsent() : 0;
}

void HttpExchange::pause_body() {
  if (connection_ != nullptr) connection_->pause_body();
}

void HttpExchange::abort_at_end_of_input() {
  if (connection_ != nullptr) connection_->abort_at_end_of_input();
}

void HttpExchange::resume_body() {
  if (connection_ != nullptr) connection_->resume_body();
}

OpenStream HttpExchange::detach(StreamOwner owner, StreamOpening opening) {
  WEIR_CHECK(connection_ != nullptr, "only a living exchange becomes a stream");
  return connection_->detach(owner, std::move(opening));
}

}  // namespace weir::net
