#include "apps/workflow/effects/attempt_log.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace weir::apps::workflow {
namespace {

constexpr std::string_view kProgress = "::progress ";
constexpr std::size_t kMessageBytesMax = 1024;
// The command, a number, and a message.
constexpr std::size_t kLineBytesMax = kMessageBytesMax + 64;
constexpr std::chrono::milliseconds kPace{100};

}  // namespace

void AttemptLog::write(std::string_view stream, std::string_view text) {
  if (cut_ || text.empty()) return;
  const auto fits =
      cut_text(text, static_cast<std::size_t>(std::min<std::uint64_t>(left_, text.size())));
  left_ -= fits.size();
  if (!fits.empty()) sink_->log(stream, fits);
  if (fits.size() == text.size()) return;
  cut_ = true;
  sink_->log("log", "The log ends here: it has reached workflow_log_bytes_max.\n");
}

void ProgressPace::report(double percent, std::string_view message) {
  if (std::isnan(percent)) return;
  held_.emplace(std::clamp(percent, 0.0, 100.0), cut_text(message, kMessageBytesMax));
  if (Clock::now() >= next_) flush();
}

void ProgressPace::flush() {
  if (!held_) return;
  sink_->progress(held_->first, held_->second);
  held_.reset();
  next_ = Clock::now() + kPace;
}

void ProgressLines::feed(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto part = text.substr(0, end);
    // Of a line that can be no such line only the beginning is kept, which shows it.
    const bool possible = line_.size() < kProgress.size() || line_.starts_with(kProgress);
    if (possible && line_.size() < kLineBytesMax) {
      line_.append(part.substr(0, kLineBytesMax - line_.size()));
    }
    if (end == std::string_view::npos) return;
    take(line_);
    line_.clear();
    text.remove_prefix(end + 1);
  }
}

void ProgressLines::take(std::string_view line) {
  if (!line.starts_with(kProgress)) return;
  line.remove_prefix(kProgress.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  double percent = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), percent);
  if (error != std::errc() || !std::isfinite(percent)) return;
  line.remove_prefix(static_cast<std::size_t>(stop - line.data()));
  if (line.starts_with('%')) line.remove_prefix(1);
  if (!line.empty() && line.front() != ' ') return;
  if (!line.empty()) line.remove_prefix(1);
  pace_->report(percent, line);
}

LogStream::LogStream(std::string name, AttemptLog& log, const Masker& masker,
                     std::size_t tail_bytes_max, ProgressPace* progress)
    : name_(std::move(name)), log_(&log), masked_(masker), tail_(tail_bytes_max) {
  if (progress != nullptr) progress_.emplace(*progress);
}

void LogStream::feed(std::string_view bytes) {
  std::string text;
  utf8_.feed(bytes, text);
  std::string masked;
  masked_.feed(text, masked);
  pass_on(masked);
}

void LogStream::finish() {
  std::string text;
  utf8_.finish(text);
  std::string masked;
  masked_.feed(text, masked);
  masked_.finish(masked);
  pass_on(masked);
}

void LogStream::pass_on(std::string_view text) {
  log_->write(name_, text);
  tail_.append(text);
  if (progress_) progress_->feed(text);
}

}  // namespace weir::apps::workflow
