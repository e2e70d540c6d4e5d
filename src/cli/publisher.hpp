#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/server_options.hpp"
#include "client/http_client.hpp"
#include "proto/ndjson.hpp"

namespace weir::cli {

/// Publishes events as one stream of NDJSON (`POST /v1/publish`) and keeps count of what was
/// answered. The request begins with the first flush, goes on for as long as there is input, and
/// ends with `finish`; a later flush begins another. One thread.
class Publisher {
 public:
  struct Progress {
    std::uint64_t published = 0;
    std::uint64_t refused = 0;
    std::uint64_t unanswered =
        0;  ///< Sent, or about to be; whether they are published is not known.
    std::uint64_t last_line = 0;  ///< The last input line that was answered.
    std::string last_cursor;
  };
  /// Called with the input's line number and why the server refused it.
  using OnRefused = std::function<void(std::uint64_t, const base::Error&)>;

  /// `interrupt` outlives the publisher.
  Publisher(const ServerAccess& server, OnRefused on_refused, const client::Interrupt& interrupt);

  /// Adds one event, an NDJSON line without its LF, which input line `line` became. Sends when
  /// enough has come together. An error (kNetwork, or the problem that the server answered) is
  /// final.
  base::Result<> add(std::uint64_t line, std::string_view json);

  /// Sends what `add` has collected.
  base::Result<> flush();

  /// Waits until `descriptor` has input. If none comes for a while, an open request is ended and
  /// its answers are taken, so that a quiet input does not time out in the server. Also ends when
  /// interrupted.
  base::Result<> wait_for_input(int descriptor);

  /// Sends the rest, ends the request and takes all its answers.
  base::Result<> finish();

  const Progress& progress() const { return progress_; }

 private:
  base::Result<> begin();
  base::Result<> end_request();
  base::Result<> check_answer();
  void take_body(std::string_view piece);
  void take_answer(std::string_view line);

  client::HttpClient client_;
  std::string target_;
  client::Headers headers_;
  OnRefused on_refused_;
  const client::Interrupt& interrupt_;
  Progress progress_;
  bool open_ = false;
  std::string buffer_;
  std::deque<std::uint64_t> waiting_;  ///< The input lines that have no answer yet.
  std::optional<proto::NdjsonSplitter> answers_;
  std::string problem_;  ///< The body of an answer that is no success.
};

}  // namespace weir::cli
