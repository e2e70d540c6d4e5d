#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/workflow/model/definition.hpp"
#include "apps/workflow/model/report.hpp"
#include "apps/workflow/model/source_document.hpp"

namespace weir::apps::workflow {

/// An expression and where it is written, which decides what it may name.
struct ExpressionSite {
  enum class Where : std::uint8_t { kNode, kChild, kEdge, kTrigger, kOutput };

  Where where = Where::kNode;
  std::uint32_t index = 0;  ///< Of the node (of a child: its parent), the edge or the trigger.
  bool acts = false;        ///< In `with` of a node of an effect kind.
  bool condition = false;
  bool whole = true;  ///< The string is this expression and nothing else.
  std::string pointer = {};
  std::size_t at = 0;  ///< Where its text begins in the string.
  Expression expression = {};
};

struct ReadDefinition {
  Definition definition;
  std::vector<ExpressionSite> sites;
  std::vector<std::string> templated;      ///< Pointers of the strings that hold expressions.
  std::vector<std::string> edge_pointers;  ///< Of the definition's edges.
};

/// The definition as far as the document has one: what has the wrong form is left out, and it is
/// the schema's to report it. Reported here is what no schema sees: ids that come twice, texts that
/// are no expression, schedule, topic or filter.
ReadDefinition read_definition(const SourceDocument& document, Report& report);

}  // namespace weir::apps::workflow
