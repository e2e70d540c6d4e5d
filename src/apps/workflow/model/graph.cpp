#include "apps/workflow/model/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::apps::workflow {
namespace {

/// A circle among nodes of which each has an edge from another of them: the edges, in order.
std::vector<std::uint32_t> circle(const Definition& definition, const std::vector<bool>& ordered) {
  // Backwards along edges from nodes without order, until a node comes again.
  std::vector<std::uint32_t> way;
  std::vector<std::uint32_t> seen;
  auto at = static_cast<std::uint32_t>(std::find(ordered.begin(), ordered.end(), false) -
                                       ordered.begin());
  for (;;) {
    const auto again = std::find(seen.begin(), seen.end(), at);
    if (again != seen.end()) {
      way.erase(way.begin(), way.begin() + (again - seen.begin()));
      std::reverse(way.begin(), way.end());
      return way;
    }
    seen.push_back(at);
    for (const auto edge : definition.nodes[at].incoming) {
      if (ordered[definition.edges[edge].from]) continue;
      way.push_back(edge);
      at = definition.edges[edge].from;
      break;
    }
  }
}

}  // namespace

Graph Graph::make(Definition& definition, const std::vector<std::string>& edge_pointers,
                  Report& report) {
  const std::size_t count = definition.nodes.size();
  Graph graph;
  graph.upstream_.assign(count, std::vector<bool>(count, false));
  std::vector<std::size_t> waiting_for(count);
  std::set<std::uint32_t> ready;  // By index: the order is the written one where that is free.
  for (std::uint32_t i = 0; i < count; ++i) {
    waiting_for[i] = definition.nodes[i].incoming.size();
    if (waiting_for[i] == 0) ready.insert(i);
  }
  std::vector<bool> ordered(count, false);
  while (!ready.empty()) {
    const std::uint32_t node = *ready.begin();
    ready.erase(ready.begin());
    ordered[node] = true;
    definition.order.push_back(node);
    for (const auto edge : definition.nodes[node].outgoing) {
      const auto next = definition.edges[edge].to;
      auto& known = graph.upstream_[next];
      for (std::size_t i = 0; i < count; ++i) known[i] = known[i] || graph.upstream_[node][i];
      known[node] = true;
      if (--waiting_for[next] == 0) ready.insert(next);
    }
  }
  if (definition.order.size() < count) {
    graph.circular_ = true;
    const auto edges = circle(definition, ordered);
    std::string names = definition.nodes[definition.edges[edges.front()].from].id;
    for (const auto edge : edges) names += " → " + definition.nodes[definition.edges[edge].to].id;
    report.value(edge_pointers[edges.back()], fmt::format("the edges go in a circle: {}", names));
  }
  return graph;
}

bool Graph::is_upstream(std::uint32_t earlier, std::uint32_t later) const {
  return circular_ || upstream_[later][earlier];
}

}  // namespace weir::apps::workflow
