#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/task_feed/store.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::apps::task_feed {

/// A task that is to be made.
struct Draft {
  std::string owner;  ///< Empty: whoever is asking says so otherwise.
  std::string id;     ///< Empty: one is made up.
  std::string product_name;
  std::string product_id;
  std::string product;      ///< A JSON object, or "".
  std::string data;         ///< JSON, or "".
  std::string fingerprint;  ///< Of the request, to know it when it comes again.
  /// Who makes it works on it, and calls himself so: it is processing from the beginning, is no
  /// worker's to claim, and needs no heartbeat. Empty: it waits for a worker.
  std::string driver = {};
};

/// What a worker says of its task.
struct Report {
  std::optional<std::uint32_t> attempt;  ///< None: the one that there is.
  std::optional<double> progress;
  std::optional<std::string> current_stage;
  std::optional<std::string> product_id;
  std::string product;          ///< A JSON object of what is new of it, or "".
  std::string characteristics;  ///< JSON, or "". So is `result`.
  std::string result;
  std::string error_message;
};

/// A worker's wish for a task.
struct ClaimRequest {
  std::string owner;   ///< Empty: of anybody.
  std::string worker;  ///< What it calls itself.
};

// Bodies. kBadJson; kBadRequest with the member that is wrong. A member that is null is as if it
// were not there.
base::Result<Draft> read_draft(std::string_view body, const base::TaskFeedSettings& limits);
/// What a report is for; each has its members.
enum class ReportKind {
  kProgress,
  kHeartbeat,  ///< `attempt` alone.
  kComplete,
  kFail,     ///< `errorMessage`, too.
  kNothing,  ///< What the owner says: no members.
};
/// An empty body says nothing.
base::Result<Report> read_report(std::string_view body, ReportKind kind,
                                 const base::TaskFeedSettings& limits);
base::Result<ClaimRequest> read_claim(std::string_view body);

/// Whether a text may be a task's id: 1 to 128 letters, digits, `.`, `_`, `:` and `-`, and none of
/// the feed's own addresses. kBadRequest.
base::Result<> check_id(std::string_view id);
/// Of a stage and of the names, in bytes; and of why a task has failed.
inline constexpr std::size_t kNameBytesMax = 256;
inline constexpr std::size_t kErrorBytesMax = 1'024;

/// The object with the members of another one in it, in place of its own of the same name. Either
/// may be "".
base::Result<std::string> merged(const std::string& object, const std::string& with);
/// What a stream carries of a product: note 000's members, null where they are not there.
/// kBadRequest for one of these that is an object, an array, or long.
base::Result<std::string> shown_product(const std::string& object);

}  // namespace weir::apps::task_feed
