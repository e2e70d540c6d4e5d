#include "apps/workflow/model/expression_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/workflow/model/expression_types.hpp"
#include "base/nearest.hpp"

namespace weir::apps::workflow {
namespace {

using Where = ExpressionSite::Where;

/// What `trigger` is. Only what every trigger of that type has is listed, and the list is open.
Shape trigger_shape() {
  Shape shape = Shape::object({{"type", Shape::of(kStringType)}});
  shape.closed = false;
  return shape;
}

class SiteCheck {
 public:
  SiteCheck(const ReadDefinition& read, const Graph& graph, Report& report)
      : definition_(read.definition), graph_(graph), report_(report) {
    if (!definition_.input_schema.is_null()) {
      input_ = Shape::from_schema(definition_.input_schema);
    }
    for (const auto& node : definition_.nodes) ids_.push_back(node.id);
  }

  /// What the expression's value may be.
  Types check(const ExpressionSite& site) {
    std::vector<Expression::Mistake> mistakes;
    const Shape shape = shape_of(site.expression, names(site), mistakes);
    for (auto& mistake : mistakes) {
      report_.inside(site.pointer, site.at + mistake.at, std::move(mistake.message));
    }
    if (site.condition && mistakes.empty() && (shape.types & kBoolType) == 0) {
      report_.inside(
          site.pointer, site.at,
          fmt::format("a condition is true or false, and this is {}", types_text(shape.types)));
    }
    return mistakes.empty() ? shape.types : kAnyType;
  }

 private:
  Names names(const ExpressionSite& site) const {
    Names names;
    names.input = input_;
    names.trigger = trigger_shape();
    names.item = std::string("there is an item in the node of a foreach only");
    if (site.where == Where::kTrigger) {
      const std::string why = "the input of a trigger is made of what triggered it alone";
      names.input = why;
      names.item = why;
      names.execution = why;
      names.node = [why](std::string_view) { return why; };
      names.output = [why](std::string_view) { return Names::Meaning(why); };
    } else {
      names.node = [this, &site](std::string_view id) { return node_problem(id, site); };
      names.output = [this, &site](std::string_view id) { return output(id, site); };
    }
    if (site.where == Where::kChild && definition_.nodes[site.index].kind == NodeKind::kForeach) {
      names.item = item_shape(definition_.nodes[site.index]);
    }
    names.secret = [this, &site](std::string_view name) { return secret_problem(name, site); };
    return names;
  }

  static Shape item_shape(const Node& foreach) {
    const auto* items = foreach.items.source().if_array();
    if (items == nullptr || items->empty()) return {};
    Shape shape = Shape::of_value(items->front());
    for (const auto& each : *items) shape = Shape::either(shape, Shape::of_value(each));
    // Strings may be expressions, of any type.
    return foreach.items.is_constant() ? shape : Shape();
  }

  std::string secret_problem(std::string_view name, const ExpressionSite& site) const {
    if (!site.acts) {
      return "secrets are for `with` of shell, http, script, notify, task and publish nodes only";
    }
    const auto& known = definition_.secrets;
    if (std::find(known.begin(), known.end(), name) != known.end()) return {};
    return fmt::format("\"{}\" is not among the workflow's \"secrets\"{}", name,
                       base::did_you_mean(name, known));
  }

  std::string node_problem(std::string_view id, const ExpressionSite& site) const {
    const auto index = definition_.index_of(id);
    if (!index) {
      return fmt::format("there is no node \"{}\"{}", id, base::did_you_mean(id, ids_));
    }
    if (site.where == Where::kOutput) return {};
    std::uint32_t here = site.index;
    if (site.where == Where::kEdge) {
      here = definition_.edges[site.index].from;
      if (*index == here) return {};
    }
    if (graph_.is_upstream(*index, here)) return {};
    if (*index == here) return "a node does not know its own end";
    return fmt::format("no edges lead from \"{}\" to \"{}\", so that its end is not waited for", id,
                       definition_.nodes[here].id);
  }

  Names::Meaning output(std::string_view id, const ExpressionSite& site) const {
    if (auto problem = node_problem(id, site); !problem.empty()) return problem;
    // It is null unless the node has completed.
    return Shape::either(output_shape(definition_.nodes[*definition_.index_of(id)]),
                         Shape::of(kNullType));
  }

  static Shape output_shape(const Node& node) {
    if (node.kind == NodeKind::kForeach) {
      if (node.children.empty()) return Shape::of(kArrayType);
      return Shape::array(Shape::either(output_shape(node.children.front()), Shape::of(kNullType)));
    }
    if (node.kind == NodeKind::kParallel) {
      Shape::Members members;
      for (const auto& child : node.children) members.emplace(child.id, output_shape(child));
      return Shape::object(std::move(members));
    }
    return Shape::from_schema(info(node.kind).output);
  }

  const Definition& definition_;
  const Graph& graph_;
  Report& report_;
  Shape input_;
  std::vector<std::string> ids_;
};

}  // namespace

base::StringMap<Types> check_expressions(const ReadDefinition& read, const Graph& graph,
                                         Report& report) {
  base::StringMap<Types> types;
  // What was no expression was reported before; its type is not known.
  for (const auto& pointer : read.templated) types.emplace(pointer, kAnyType);
  SiteCheck check(read, graph, report);
  for (const auto& site : read.sites) {
    const Types found = check.check(site);
    if (!site.condition) types[site.pointer] = site.whole ? found : kStringType;
  }
  return types;
}

}  // namespace weir::apps::workflow
