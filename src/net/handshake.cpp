#include "net/handshake.hpp"

#include <sys/epoll.h>

#include <algorithm>

namespace weir::net {

void Handshake::start() {
  set_deadline(server_->wheel.now() + server_->ticks(server_->settings.header_timeout));
}

void Handshake::start_refusing() {
  refusing_ = true;
  start();
}

void Handshake::on_events(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0) hung_up_ = true;
  if (stage_ == Stage::kWorking) return go_on();
  if (stage_ != Stage::kLinger) return;
  const bool open = socket_.drop_incoming(HttpServer::Impl::kLingerBytesMax, &lingered_);
  if (!open || hung_up_ || lingered_ >= HttpServer::Impl::kLingerBytesMax) close();
}

void Handshake::set_deadline(std::uint64_t tick) {
  deadline_ = tick;
  arm_wheel();
}

void Handshake::arm_wheel() {
  armed_tick_ = std::min(deadline_, server_->wheel.now() + server_->recheck_ticks);
  server_->arm_wheel(*this, armed_tick_);
}

void Handshake::on_tick(std::uint64_t entry_tick) {
  if (stage_ == Stage::kOver || entry_tick != armed_tick_) return;
  if (server_->wheel.now() < deadline_) return arm_wheel();
  if (stage_ == Stage::kWorking && server_->draining && socket_.has_unread() &&
      !std::exchange(extended_, true)) {
    // The shard may have been busy for longer than the grace. Once: what a PROXY header lacks may
    // never come.
    set_deadline(server_->wheel.now() + server_->ticks(server_->drain_grace));
    return go_on();
  }
  if (stage_ == Stage::kWorking && !server_->draining) on_timeout();
  close();
}

void Handshake::drain() {
  if (stage_ != Stage::kWorking) return;
  if (server_->drain_grace.count() == 0) return close();
  set_deadline(std::min(deadline_, server_->wheel.now() + server_->ticks(server_->drain_grace)));
}

void Handshake::hand_over(std::shared_ptr<Connection> successor) {
  const std::shared_ptr<Connection> self = shared_from_this();
  stage_ = Stage::kOver;
  server_->succeed(*this, successor);
  if (refusing_) {
    successor->start_refusing();
  } else {
    successor->start();
  }
  // It has not heard of it.
  if (server_->draining) successor->drain();
  successor->on_events(EPOLLIN | (hung_up_ ? EPOLLRDHUP : 0U));
}

void Handshake::linger() {
  socket_.finish_sending();
  stage_ = Stage::kLinger;
  ++server_->lingering;
  set_deadline(server_->wheel.now() + server_->ticks(HttpServer::Impl::kLingerTime));
  // What has come already is not told again.
  on_events(0);
}

void Handshake::close() {
  if (stage_ == Stage::kOver) return;
  if (std::exchange(stage_, Stage::kOver) == Stage::kLinger) --server_->lingering;
  socket_.close();
  server_->release(*this);
}

}  // namespace weir::net
