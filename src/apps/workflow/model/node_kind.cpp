#include "apps/workflow/model/node_kind.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "apps/workflow/model/node_kinds_text.hpp"
#include "base/check.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

constexpr std::size_t kKinds = static_cast<std::size_t>(NodeKind::kPublish) + 1;

/// The document and the table of views into it; made once, never destroyed before the program ends.
struct Table {
  json::array document;
  std::vector<NodeKindInfo> rows;

  Table() : document(json::parse(kNodeKindsText).as_array()) {
    WEIR_CHECK(document.size() == kKinds, "each kind has a row");
    for (const auto& value : document) {
      const auto& row = value.as_object();
      const auto text = [&](const char* name) -> std::string_view {
        const auto& string = row.at(name).as_string();
        return {string.data(), string.size()};
      };
      rows.push_back({.kind = static_cast<NodeKind>(rows.size()),
                      .name = text("name"),
                      .description = text("description"),
                      .effect = row.at("effect").as_bool(),
                      .with = row.at("with").as_object(),
                      .output = row.at("output").as_object()});
    }
  }
};

const Table& table() {
  static const Table made;
  return made;
}

}  // namespace

std::span<const NodeKindInfo> node_kinds() { return table().rows; }

const NodeKindInfo& info(NodeKind kind) { return table().rows[static_cast<std::size_t>(kind)]; }

std::string_view name_of(NodeKind kind) { return info(kind).name; }

std::optional<NodeKind> node_kind(std::string_view name) {
  const auto rows = node_kinds();
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; });
  if (found == rows.end()) return std::nullopt;
  return found->kind;
}

bool may_be_child(NodeKind kind) {
  using enum NodeKind;
  return kind != kParallel && kind != kForeach && kind != kBranch && kind != kApproval;
}

json::array node_kinds_json() { return table().document; }

}  // namespace weir::apps::workflow
