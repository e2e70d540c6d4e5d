#include "load/http2_publishers.hpp"

#include "common/clock.hpp"
#include "common/fatal.hpp"

namespace weir::bench {

Http2Publishers::Line::Line(Http2Publishers& pool)
    : Http2Connection(pool.loop_, pool.target_, 0, pool.buffer_), pool_(pool) {}

void Http2Publishers::Line::post(const std::string& path, std::string_view content_type,
                                 std::string_view body) {
  size_t stream = session().post(path, content_type, body);
  if (stream != requests_.size()) fatal("the streams of a connection have lost their order");
  requests_.push_back({now_ns(), 0});
  ++in_flight_;
}

void Http2Publishers::Line::on_settings(uint32_t streams_max) {
  if (streams_max < pool_.settings_.depth) {
    fatal("the server allows only " + std::to_string(streams_max) + " streams a connection");
  }
  if (connected_) return;
  connected_ = true;
  ++pool_.connected_;
  pool_.free_.push_back(this);
}

void Http2Publishers::Line::on_head(size_t stream, int status, bool) {
  requests_[stream].status = status;
}

void Http2Publishers::Line::on_body(size_t, std::string_view bytes) { pool_.count_lines(bytes); }

void Http2Publishers::Line::on_end(size_t stream, uint32_t error) {
  if (error != 0) pool_.faults_.add("a publish was reset: " + std::to_string(error));
  if (is_full()) pool_.free_.push_back(this);
  --in_flight_;
  pool_.count_answer(requests_[stream].sent_at_ns, requests_[stream].status);
}

void Http2Publishers::Line::on_goodbye(uint32_t error) {
  fatal("the server says goodbye to a publisher: " + std::to_string(error));
}

void Http2Publishers::Line::on_broken(const std::string& why) { fatal("a publisher: " + why); }

Http2Publishers::Http2Publishers(EventLoop& loop, const Target& target, const Settings& settings,
                                 Faults& faults)
    : PublisherPool(loop, target, settings, faults), buffer_(256 * 1024) {}

void Http2Publishers::connect_all() {
  for (size_t i = 0; i < settings_.count; ++i) lines_.emplace_back(*this);
}

void Http2Publishers::post(const std::string& path, std::string_view content_type,
                           std::string_view body) {
  Line& line = *free_.front();
  line.post(path, content_type, body);
  ++unanswered_;
  if (line.is_full()) free_.pop_front();
  if (!line.queued) {
    line.queued = true;
    dirty_.push_back(&line);
  }
}

void Http2Publishers::flush() {
  for (Line* line : dirty_) {
    line->queued = false;
    line->flush();
  }
  dirty_.clear();
}

}  // namespace weir::bench
