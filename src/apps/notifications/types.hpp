#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/notifications/draft.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "log/log.hpp"

namespace weir::apps::notifications {

/// What notifications of one type have in common: templates, in which `{{name}}` stands for a
/// member of the draft's `data`, and what holds unless the draft says otherwise.
struct NotificationType {
  std::string title;
  std::string body;
  std::string action_url;
  Severity severity = Severity::kInfo;
  std::string channels = "[]";  ///< A JSON array.
};

/// Reads `{"title","body","actionUrl","severity","channels"}`. kBadJson, kBadRequest.
base::Result<NotificationType> read_type(std::string_view json,
                                         const base::NotificationSettings& limits);
std::string type_json(const NotificationType& type);

/// The template with the members of `data`, a JSON object or "", in their places. A string stands
/// as it is, a number or truth as it was written, everything else as nothing.
std::string render(std::string_view text, std::string_view data);

/// Fills in what the draft leaves to its type. kBadRequest if there is no title then, or the link
/// is none.
base::Result<> complete(Draft& draft, const NotificationType& type,
                        const base::NotificationSettings& limits);

namespace types {

/// Makes the table if there is none.
base::Result<> prepare(log::State& state);
/// A declared type, else one that every server has (`message`, `task_message`, `task_response`,
/// `hire_request`, `review`, `task_completed`), else none.
base::Result<std::optional<NotificationType>> find(log::State& state, const std::string& name);
base::Result<> save(log::State& state, const std::string& name, const NotificationType& type);
/// Those of every server are as they were then.
base::Result<> remove(log::State& state, const std::string& name);
/// All, by name.
base::Result<std::vector<std::pair<std::string, NotificationType>>> list(log::State& state);

}  // namespace types
}  // namespace weir::apps::notifications
