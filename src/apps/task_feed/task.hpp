#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"

namespace weir::apps::task_feed {

/// The values are stored; never renumber. Those from kCompleted on have ended.
enum class Status : std::uint8_t {
  kPending = 0,  ///< Nobody has taken it up.
  kProcessing = 1,
  kStalled = 2,  ///< Its worker has said nothing for too long.
  kCompleted = 3,
  kFailed = 4,
  kCancelled = 5,
};
inline constexpr std::size_t kStatuses = 6;

constexpr bool is_over(Status status) { return status >= Status::kCompleted; }
std::string_view name_of(Status status);
std::optional<Status> parse_status(std::string_view name);

/// One job and how far it is: what is on the stream, and no more. A time of 0 is none.
struct Task {
  std::string id;
  std::string owner;  ///< In whose feed it is.
  Status status = Status::kPending;
  std::uint64_t rev = 0;      ///< The feed's, when this changed last.
  std::uint32_t attempt = 1;  ///< Who works for an earlier one is refused.
  double progress = 0;        ///< Percent; within an attempt it never goes back.
  std::string current_stage;
  std::string error_message;
  std::string product_name;
  std::string product_id;
  std::string product;  ///< A JSON object of the members of note 000, or "".
  base::UnixMillis created_at = 0;
  base::UnixMillis updated_at = 0;
  base::UnixMillis started_at = 0;  ///< This attempt.
  base::UnixMillis ended_at = 0;
  base::UnixMillis deadline = 0;  ///< Without a word of its worker it is stalled then.

  /// Where it stands in lists, newest first; equal ones by id.
  base::UnixMillis position() const { return is_over(status) ? ended_at : created_at; }
};
using TaskPtr = std::shared_ptr<const Task>;

/// Whether `a` comes before `b` in a list.
bool comes_before(const Task& a, const Task& b);

/// How many there are of an owner in each status, kept beside the rows in the same commits.
struct Totals {
  std::array<std::uint64_t, kStatuses> of{};

  std::uint64_t operator[](Status status) const { return of[static_cast<std::size_t>(status)]; }
  void add(Status status) { ++of[static_cast<std::size_t>(status)]; }
  void subtract(Status status) { --of[static_cast<std::size_t>(status)]; }
  std::uint64_t active() const { return of[0] + of[1] + of[2]; }
  std::uint64_t over() const { return of[3] + of[4] + of[5]; }
  friend bool operator==(const Totals&, const Totals&) = default;
};

/// The topic of an owner's changes.
std::string topic_of(std::string_view owner);

/// The members of a task without braces: as the stream and lists carry them, or with the whole of a
/// long `errorMessage`.
std::string task_members(const Task& task, bool whole = false);
std::string to_json(const Task& task);
std::string totals_json(const Totals& totals);
std::string time_or_null(base::UnixMillis time);

}  // namespace weir::apps::task_feed
