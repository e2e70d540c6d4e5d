#include "apps/webhooks/attempt.hpp"

#include <fmt/format.h>

#include "client/retry_after.hpp"

namespace weir::apps {
namespace {

std::string status_text(int status) {
  if (status >= 300 && status < 400) {
    return fmt::format("the receiver redirects (status {}), which is not followed", status);
  }
  return fmt::format("the receiver answered with status {}", status);
}

}  // namespace

Outcome outcome_of(const base::Result<client::ResponseHead>& answer, base::UnixMillis now) {
  if (!answer) return {.kind = Outcome::Kind::kFailed, .reason = answer.error().detail};
  if (answer->status >= 200 && answer->status < 300) {
    return {.kind = Outcome::Kind::kDelivered};
  }
  if (answer->status == 410) {
    return {.kind = Outcome::Kind::kGone, .reason = status_text(answer->status)};
  }
  return {.kind = Outcome::Kind::kFailed,
          .reason = status_text(answer->status),
          .retry_after = client::retry_after(*answer, now)};
}

}  // namespace weir::apps
