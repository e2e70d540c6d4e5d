#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/types.hpp"
#include "client/http_client.hpp"
#include "log/batch.hpp"

namespace weir::apps {

class Receiver;

/// An event of a batch, which it keeps alive.
struct BatchEvent {
  log::BatchPtr batch;
  std::size_t index = 0;

  const proto::EventView& operator*() const { return (*batch)[index]; }
  const proto::EventView* operator->() const { return &(*batch)[index]; }
};

/// One try to deliver one event, on its way from the dispatcher to a worker and back.
struct Attempt {
  std::uint64_t hook = 0;  ///< The courier's number.
  std::uint32_t lane = 0;
  BatchEvent event;
  std::shared_ptr<const Receiver> receiver;
  /// The lane's connection; kept from one attempt to the next while more waits.
  std::unique_ptr<client::HttpClient> client = {};
  bool keep = false;
};

/// How an attempt ended.
struct Outcome {
  enum class Kind {
    kDelivered,  ///< 2xx.
    kFailed,     ///< To be tried again.
    kRefused,    ///< Of no use to try again; nothing is said of what else is for that receiver.
    kGone,       ///< 410: the receiver wants no more.
  };
  Kind kind = Kind::kFailed;
  std::string reason = {};  ///< For people; of what the receiver says nothing but its status.
  std::optional<std::chrono::milliseconds> retry_after = {};
};

/// What an answer over HTTP (or none) means for the attempt.
Outcome outcome_of(const base::Result<client::ResponseHead>& answer, base::UnixMillis now);

}  // namespace weir::apps
