// The rows of the settings of the task feed.

#include <array>

#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;
using T = TaskFeedSettings;

constexpr SettingGroup kTaskFeed{"Task feed"};

template <auto Member>
constexpr auto place() {
  return field<&Settings::task_feed, Member>();
}

const std::array kRows = {
    Setting{.name = "task_feed",
            .group = kTaskFeed.name,
            .kind = kBoolean,
            .field = place<&T::enabled>(),
            .help = "Serves the task feed at `/api/task-feed`."},
    fixed(kTaskFeed.number("task_feed_active_max", place<&T::active_max>(), 100,
                           "Tasks under way that an owner's window shows, the newest.")),
    fixed(kTaskFeed.number("task_feed_completed_max", place<&T::completed_max>(), 100,
                           "Tasks that have ended that an owner's window shows, the newest.")),
    kTaskFeed.duration("task_feed_stalled_after", place<&T::stalled_after>(), 100, kDay,
                       "A task whose worker has said nothing for this long is `stalled`."),
    kTaskFeed.number(
        "task_feed_progress_per_second", place<&T::progress_per_second>(), 100,
        "How often the progress of one task is told to who watches. What comes faster is left "
        "out, but for the last."),
    kTaskFeed.number("task_feed_open_max", place<&T::open_max>(), 1'000'000,
                     "Tasks of one owner that have not ended. One more is refused with 429."),
    Setting{.name = "task_feed_history_max",
            .group = kTaskFeed.name,
            .kind = kInteger,
            .field = place<&T::history_max>(),
            .min = 100,
            .max = 1'000'000,
            .reloadable = true,
            .help = "Tasks that have ended that are kept of an owner. One more removes the "
                    "oldest."},
    kTaskFeed.duration(
        "task_feed_history_retention", place<&T::history_retention>(), 0, 3'650 * kDay,
        "Tasks that ended longer ago than this are removed. 0 is without this limit."),
    kTaskFeed.number(
        "task_feed_page_max", place<&T::page_max>(), 1'000,
        "What `limit` of `GET /api/task-feed/history` may ask for. More is refused with 400."),
    kTaskFeed.bytes(
        "task_feed_body_bytes_max", place<&T::body_bytes_max>(), 256, kMiB,
        "Bytes of a task's `data`, of its `result`, of its `characteristics` and of what is "
        "known of its product, each. More is refused with 400."),
    kTaskFeed.number("task_feed_attempts_kept", place<&T::attempts_kept>(), 1'000,
                     "Attempts that are kept of a task, the newest, with their stages."),
    kTaskFeed.number("task_feed_stages_max", place<&T::stages_max>(), 1'000,
                     "Stages of one attempt. One more is refused with 400."),
    fixed(kTaskFeed.bytes(
        "task_feed_memory_bytes", place<&T::memory_bytes>(), kMiB, kGiB,
        "Memory for the owners' windows. Those that were not needed for the longest time are "
        "read again when they are.")),
    kTaskFeed.duration("task_feed_claim_wait_max", place<&T::claim_wait_max>(), 0, kHour,
                       "How long a worker may wait for a task. More is refused with 400."),
    kTaskFeed.number(
        "task_feed_claims_waiting_max", place<&T::claims_waiting_max>(), 100'000,
        "Workers that wait for a task at once. One more is answered at once, without one."),
};

}  // namespace

std::span<const Setting> task_feed_rows() { return kRows; }

}  // namespace weir::base
