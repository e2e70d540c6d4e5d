#include "apps/workflow/model/source_document.hpp"

namespace weir::apps::workflow {
namespace {

Place nearest(const base::StringMap<Place>& places, std::string_view pointer) {
  for (;;) {
    if (const auto found = places.find(pointer); found != places.end()) return found->second;
    if (pointer.empty()) return {};
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
}

}  // namespace

Place SourceDocument::place_of(std::string_view pointer) const { return nearest(values, pointer); }

Place SourceDocument::name_place_of(std::string_view pointer) const {
  const auto found = names.find(pointer);
  return found != names.end() ? found->second : place_of(pointer);
}

}  // namespace weir::apps::workflow
