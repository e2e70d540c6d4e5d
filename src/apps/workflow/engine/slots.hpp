#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weir::apps::workflow {

/// Who may run at the same time. A limit has a name and a number of places; a place is held by a
/// node of an execution, and by nothing else: `hold` says which nodes those are after each step, so
/// that no place is lost or given twice. Who finds a limit reached is remembered, in order. One
/// thread.
class Slots {
 public:
  struct Limit {
    std::string name;
    std::uint32_t most = 0;
  };
  struct Holder {
    std::string execution;
    std::string node;
    friend auto operator<=>(const Holder&, const Holder&) = default;
  };

  /// Takes a place of each limit, or of none: then the execution is told when it may try again.
  bool take(const Holder& holder, const std::vector<Limit>& limits);
  /// The places of an execution are these from now on.
  void hold(const std::string& execution,
            const std::vector<std::pair<std::string, std::vector<Limit>>>& nodes);
  /// An execution that may find a place now; it is forgotten until it tries again.
  std::optional<std::string> next_waiting();

  std::size_t held(const std::string& limit) const;
  std::size_t waiting() const;

 private:
  struct Places {
    std::uint32_t most = 0;
    std::set<Holder> holders;
    std::deque<std::string> waiting;
  };

  std::map<std::string, Places> limits_;
  std::map<std::string, std::set<std::string>> of_execution_;  ///< Where it holds any.
};

}  // namespace weir::apps::workflow
