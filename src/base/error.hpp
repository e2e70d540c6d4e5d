#pragma once

// Every failure that a caller can expect has a row in one table: its name on the wire, the HTTP
// status it answers with, whether trying again later can help, and a sentence for people. `Error`
// is a row plus the detail of this occurrence. proto/problem.hpp turns it into
// application/problem+json (RFC 9457).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weir::base {

enum class ErrorCode {
  kBadRequest,
  kMalformedHttp,
  kHeadTooLarge,
  kTargetTooLong,
  kRequestTimeout,
  kHttpVersion,
  kExpectationFailed,
  kTransferEncoding,
  kUnauthorized,
  kInvalidToken,
  kForbidden,
  kForeignOrigin,
  kTooManyRequests,
  kTooManyStreams,
  kKeysUnavailable,
  kLoginFailed,
  kTooManyRevocations,
  kLoginOverload,
  kMemoryPressure,
  kNotFound,
  kMethodNotAllowed,
  kNotAcceptable,
  kUpgradeRequired,
  kUnsupportedMediaType,
  kPresenceOff,
  kNoConnection,
  kBadTopic,
  kBadSelector,
  kBadFilter,
  kBadFields,
  kBadCursor,
  kBadEvent,
  kBadJson,
  kTooManyTopics,
  kEventTooLarge,
  kBodyTooLarge,
  kTopicClosed,
  kIdempotencyConflict,
  kBadDefinition,
  kBadInput,
  kExecutionOver,
  kExecutionRuns,
  kNotWaiting,
  kTooManyExecutions,
  kTaskConflict,
  kStaleAttempt,
  kTooManyTasks,
  kTooManySubscriptions,
  kTooManySubscribers,
  kTooManyFilters,
  kTooManyConnections,
  kTooManyProbes,
  kTooManyBroadcasts,
  kPublishOverload,
  kDraining,
  kStorageFull,
  kStorageFailed,
  kDataDirectoryLocked,
  kDataDirectoryUnusable,
  kCorrupt,
  kBackupFailed,
  kBadConfiguration,
  kUsage,
  kNetwork,
  kInternal,
};

/// One row of the table. All strings have static lifetime.
struct ErrorInfo {
  ErrorCode code;
  std::string_view name;   ///< Stable identifier: the last segment of the problem's `type`.
  int http_status;         ///< 0: never answered over HTTP.
  bool retryable;          ///< The same request may succeed later; answers carry Retry-After.
  std::string_view title;  ///< A sentence for people, without the details of one occurrence.
};

/// The whole table, in the order of ErrorCode. docs/errors.md is generated from it.
std::span<const ErrorInfo> error_table();

const ErrorInfo& info(ErrorCode code);

/// An expected failure. Cheap to move; compare by code.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string detail;  ///< What exactly was wrong this time; may be empty. Never holds a secret.
  std::uint32_t retry_after_seconds = 0;  ///< When trying again helps; 0: the usual time.

  /// "title: detail", for logs and the command line.
  std::string message() const;
};

}  // namespace weir::base
