#include "apps/task_feed/window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "proto/json.hpp"

namespace weir::apps::task_feed {
namespace {

void erase(std::vector<TaskPtr>& list, std::string_view id) {
  std::erase_if(list, [id](const TaskPtr& each) { return each->id == id; });
}

std::string list_json(const std::vector<TaskPtr>& list) {
  std::string json;
  for (const auto& each : list) {
    if (!json.empty()) json.push_back(',');
    json += to_json(*each);
  }
  return json;
}

}  // namespace

TaskPtr Window::find(std::string_view id) const {
  for (const auto* const list : {&active, &completed}) {
    const auto found =
        std::find_if(list->begin(), list->end(), [id](const auto& each) { return each->id == id; });
    if (found != list->end()) return *found;
  }
  return nullptr;
}

std::size_t Window::bytes() const {
  std::size_t sum = sizeof *this;
  for (const auto* const list : {&active, &completed}) {
    for (const auto& each : *list) {
      sum += sizeof *each + each->id.size() + each->owner.size() + each->current_stage.size() +
             each->error_message.size() + each->product_name.size() + each->product_id.size() +
             each->product.size();
    }
  }
  return sum;
}

void take_out(Window& window, std::string_view id) {
  erase(window.active, id);
  erase(window.completed, id);
}

void place(Window& window, const TaskPtr& task, WindowSize size) {
  take_out(window, task->id);
  auto& list = window.list_of(*task);
  const auto at = std::find_if(list.begin(), list.end(),
                               [&](const TaskPtr& each) { return comes_before(*task, *each); });
  list.insert(at, task);
  if (window.active.size() > size.active) window.active.resize(size.active);
  if (window.completed.size() > size.completed) window.completed.resize(size.completed);
}

std::string window_members(std::string_view owner, const Window& window) {
  return fmt::format(
      R"("ownerId":{},"rev":{},"activeTasks":[{}],"completedTasks":[{}],"totals":{})",
      proto::json_string(owner), window.rev, list_json(window.active), list_json(window.completed),
      totals_json(window.totals));
}

}  // namespace weir::apps::task_feed
