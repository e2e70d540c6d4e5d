#include "apps/task_feed/api/feed_fields.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::apps::task_feed {
namespace {

using Mask = FeedFields::Mask;

/// `paths` below each of the places, and `besides`.
base::Result<Mask> mask_below(std::initializer_list<std::string_view> places,
                              const std::vector<std::string>& paths, std::string_view besides) {
  std::string text(besides);
  for (const auto place : places) {
    for (const auto& path : paths) {
      text.append(",").append(place);
      // An odd name stands in brackets, without a dot before.
      if (!path.starts_with('[')) text.push_back('.');
      text.append(path);
    }
  }
  auto mask = proto::FieldMask::parse(text);
  if (!mask) return mask.error();
  return std::make_shared<const proto::FieldMask>(std::move(*mask));
}

}  // namespace

base::Result<FeedFields> FeedFields::of(const api::Call& call) {
  FeedFields out;
  const auto text = call.target().get("fields");
  if (!text) return out;
  auto wanted = proto::FieldMask::parse(*text);
  if (!wanted) return wanted.error();
  auto paths = wanted->paths();
  std::string in_passing = "id,rev,totals,attempt";
  for (const std::string_view each : {"progress", "currentStage"}) {
    const std::string step[] = {std::string(each)};
    if (wanted->keeps(step)) in_passing.append(",").append(each);
  }
  for (const auto* const always : {"id", "status", "rev", "attempt"}) paths.emplace_back(always);
  for (auto& [mask, made] : {std::pair<Mask*, base::Result<Mask>>{
                                 &out.snapshot, mask_below({"activeTasks", "completedTasks"}, paths,
                                                           "ownerId,rev,totals,cursor")},
                             {&out.events, mask_below({"task"}, paths, in_passing)},
                             {&out.list, mask_below({"tasks"}, paths, "nextBefore,cursor")},
                             {&out.one, mask_below({"task"}, paths, "cursor")}}) {
    if (!made) return made.error();
    *mask = *made;
  }
  return out;
}

std::string masked(const Mask& mask, std::string json) {
  if (mask == nullptr) return json;
  std::string out;
  mask->project(json, out);
  return out;
}

}  // namespace weir::apps::task_feed
