#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/workflow/model/definition.hpp"
#include "apps/workflow/model/report.hpp"

namespace weir::apps::workflow {

/// Which nodes come before which.
class Graph {
 public:
  /// Sets `definition.order`; a circle is reported at an edge of it, whose pointers are given.
  static Graph make(Definition& definition, const std::vector<std::string>& edge_pointers,
                    Report& report);

  /// Whether `earlier` is terminal whenever `later` starts. In a graph with a circle every node is,
  /// so that one mistake is not reported as many.
  bool is_upstream(std::uint32_t earlier, std::uint32_t later) const;

 private:
  std::vector<std::vector<bool>> upstream_;  ///< By the later, then the earlier one.
  bool circular_ = false;
};

}  // namespace weir::apps::workflow
