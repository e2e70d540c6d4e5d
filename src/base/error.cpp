#include "base/error.hpp"

#include <array>

#include "base/check.hpp"

namespace weir::base {
namespace {

using enum ErrorCode;

constexpr std::array kTable = {
    ErrorInfo{kBadRequest, "bad-request", 400, false, "The request is not valid"},
    ErrorInfo{kMalformedHttp, "malformed-http", 400, false, "The request is not valid HTTP"},
    ErrorInfo{kHeadTooLarge, "head-too-large", 431, false,
              "The request's headers are larger than this server accepts"},
    ErrorInfo{kTargetTooLong, "target-too-long", 414, false,
              "The request target is longer than this server accepts"},
    ErrorInfo{kRequestTimeout, "request-timeout", 408, true, "The request did not arrive in time"},
    ErrorInfo{kHttpVersion, "http-version", 505, false, "This HTTP version is not supported"},
    ErrorInfo{kExpectationFailed, "expectation-failed", 417, false,
              "The only expectation this server meets is 100-continue"},
    ErrorInfo{kTransferEncoding, "transfer-encoding", 501, false,
              "The only transfer coding this server decodes is chunked"},
    ErrorInfo{kUnauthorized, "unauthorized", 401, false, "This needs a token or an API key"},
    ErrorInfo{kInvalidToken, "invalid-token", 401, false,
              "The token or API key is not valid here, or not any more"},
    ErrorInfo{kForbidden, "forbidden", 403, false, "This is more than the token or key grants"},
    ErrorInfo{kForeignOrigin, "foreign-origin", 403, false,
              "Pages of this origin, or under this host name, may not use this server"},
    ErrorInfo{kTooManyRequests, "too-many-requests", 429, true,
              "More than the rate that is allowed"},
    ErrorInfo{kTooManyStreams, "too-many-streams", 429, true,
              "This client has as many open streams as it may have"},
    ErrorInfo{kKeysUnavailable, "keys-unavailable", 503, true,
              "The key that signed the token is being looked for"},
    ErrorInfo{kLoginFailed, "login-failed", 401, false, "The login is not valid"},
    ErrorInfo{kTooManyRevocations, "too-many-revocations", 507, false,
              "As many revocations are kept as there may be"},
    ErrorInfo{kLoginOverload, "login-overload", 503, true,
              "More logins wait than the server checks at a time"},
    ErrorInfo{kMemoryPressure, "memory-pressure", 503, true,
              "The server is at its memory budget and sheds load"},
    ErrorInfo{kNotFound, "not-found", 404, false, "There is nothing at this address"},
    ErrorInfo{kMethodNotAllowed, "method-not-allowed", 405, false,
              "This address does not take this method"},
    ErrorInfo{kNotAcceptable, "not-acceptable", 406, false,
              "None of the media types that the client accepts can be had here"},
    ErrorInfo{kUpgradeRequired, "upgrade-required", 426, false,
              "This address speaks WebSocket, version 13"},
    ErrorInfo{kUnsupportedMediaType, "unsupported-media-type", 415, false,
              "The body's media type cannot be read here"},
    ErrorInfo{kPresenceOff, "presence-off", 404, false,
              "Who is on this topic is not kept: its `presence` is off"},
    ErrorInfo{kNoConnection, "no-connection", 404, false,
              "Nobody is connected by this client_id, or not any more"},
    ErrorInfo{kBadTopic, "bad-topic", 400, false, "The topic's name is not valid"},
    ErrorInfo{kBadSelector, "bad-selector", 400, false, "The topic selector is not valid"},
    ErrorInfo{kBadFilter, "bad-filter", 400, false, "The filter is not valid"},
    ErrorInfo{kBadFields, "bad-fields", 400, false, "The list of fields is not valid"},
    ErrorInfo{kBadCursor, "bad-cursor", 400, false, "The cursor is not valid"},
    ErrorInfo{kBadEvent, "bad-event", 400, false, "The event is not valid"},
    ErrorInfo{kBadJson, "bad-json", 400, false, "The body is not valid JSON"},
    ErrorInfo{kTooManyTopics, "too-many-topics", 400, false,
              "More topics than one request may name"},
    ErrorInfo{kEventTooLarge, "event-too-large", 413, false,
              "The event is larger than this server accepts"},
    ErrorInfo{kBodyTooLarge, "body-too-large", 413, false,
              "The body is larger than this server accepts"},
    ErrorInfo{kTopicClosed, "topic-closed", 409, false,
              "The topic has ended and takes no more events"},
    ErrorInfo{kIdempotencyConflict, "idempotency-conflict", 422, false,
              "This Idempotency-Key was used for a different request"},
    ErrorInfo{kBadDefinition, "bad-definition", 422, false,
              "The workflow's definition is not valid"},
    ErrorInfo{kBadInput, "bad-input", 422, false, "The input is not one that the workflow takes"},
    ErrorInfo{kExecutionOver, "execution-over", 409, false, "The execution has ended"},
    ErrorInfo{kExecutionRuns, "execution-runs", 409, false, "The execution has not ended yet"},
    ErrorInfo{kNotWaiting, "not-waiting", 409, false, "The node waits for nobody's decision"},
    ErrorInfo{kTooManyExecutions, "too-many-executions", 429, true,
              "More executions than may be begun now"},
    ErrorInfo{kTaskConflict, "task-conflict", 409, false, "The task is not as this needs it to be"},
    ErrorInfo{kStaleAttempt, "stale-attempt", 409, false, "The task is in a later attempt's hands"},
    ErrorInfo{kTooManyTasks, "too-many-tasks", 429, true,
              "The owner has as many open tasks as there may be"},
    ErrorInfo{kTooManySubscriptions, "too-many-subscriptions", 400, false,
              "More subscriptions than one connection may have"},
    ErrorInfo{kTooManySubscribers, "too-many-subscribers", 503, true,
              "The server has as many subscribers as it may have"},
    ErrorInfo{kTooManyFilters, "too-many-filters", 503, true,
              "The server evaluates as many different filters as it may"},
    ErrorInfo{kTooManyConnections, "too-many-connections", 503, true,
              "The server has as many connections as it may have"},
    ErrorInfo{kTooManyProbes, "too-many-probes", 503, true,
              "The server serves as many probing streams as it may"},
    ErrorInfo{kTooManyBroadcasts, "too-many-broadcasts", 503, true,
              "As many broadcasts are under way as there may be"},
    ErrorInfo{kPublishOverload, "publish-overload", 503, true,
              "More is being published than the disk takes"},
    ErrorInfo{kDraining, "draining", 503, true, "The server is shutting down"},
    ErrorInfo{kStorageFull, "storage-full", 507, true, "The disk is full"},
    ErrorInfo{kStorageFailed, "storage-failed", 503, false,
              "The disk failed; the server takes no more events until it is restarted"},
    ErrorInfo{kDataDirectoryLocked, "data-directory-locked", 0, false,
              "Another server uses this data directory"},
    ErrorInfo{kDataDirectoryUnusable, "data-directory-unusable", 0, false,
              "The data directory cannot be used"},
    ErrorInfo{kCorrupt, "corrupt", 500, false, "Stored data is damaged"},
    ErrorInfo{kBackupFailed, "backup-failed", 0, false, "The backup cannot be made or used"},
    ErrorInfo{kBadConfiguration, "bad-configuration", 0, false, "The configuration is not valid"},
    ErrorInfo{kUsage, "usage", 0, false, "The command line is not valid"},
    ErrorInfo{kNetwork, "network", 0, true, "The server cannot be reached"},
    ErrorInfo{kInternal, "internal", 500, false, "Something went wrong in the server"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return kTable.size() == static_cast<std::size_t>(kInternal) + 1;
}
static_assert(in_order(), "the rows stand in the order of ErrorCode, one for each");

}  // namespace

std::span<const ErrorInfo> error_table() { return kTable; }

const ErrorInfo& info(ErrorCode code) {
  const auto index = static_cast<std::size_t>(code);
  WEIR_CHECK(index < kTable.size(), "error code outside the table");
  return kTable[index];
}

std::string Error::message() const {
  std::string text(info(code).title);
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

}  // namespace weir::base
