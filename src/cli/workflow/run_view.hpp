#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace weir::cli {

/// A node of an execution, or a child of one, as its stream tells of it.
struct NodeView {
  std::string path;  ///< "fetch", "each/3"
  std::string name;
  std::string status = "pending";
  base::UnixMillis started = 0;
  std::int64_t duration = -1;  ///< In milliseconds, once it has ended.
  std::int64_t attempt = 0;
  double percent = -1;  ///< Of its progress; negative: it has told of none.
  std::string message;  ///< Of its progress, or what it waits for.
  std::string error;

  bool over() const;
};

/// An execution as its stream tells of it: the snapshot, and each event after it. Events that the
/// snapshot knows already, and those that come twice, change nothing. A plain value; one thread.
class RunView {
 public:
  /// `type` is the event's, `data` what it carries. False if it changes nothing.
  bool take(std::string_view type, const boost::json::object& data);

  const std::string& execution() const { return execution_; }
  const std::string& workflow() const { return workflow_; }
  const std::string& status() const { return status_; }
  const std::string& error() const { return error_; }
  base::UnixMillis started() const { return started_; }
  std::int64_t execution_time() const { return execution_time_; }  ///< -1 until it is over.
  /// A node's children come behind it.
  const std::vector<NodeView>& nodes() const { return nodes_; }
  const NodeView* find(std::string_view path) const;
  bool begun() const { return !execution_.empty(); }
  bool over() const;
  bool completed() const { return status_ == "completed"; }

 private:
  void take_snapshot(const boost::json::object& data);
  void take_run(std::string_view type, const boost::json::object& data);
  void take_node(std::string_view type, const boost::json::object& data);
  NodeView& node(std::string_view path);

  std::string execution_;
  std::string workflow_;
  std::string status_;
  std::string error_;
  base::UnixMillis started_ = 0;
  std::int64_t execution_time_ = -1;
  std::int64_t rev_ = 0;
  std::vector<NodeView> nodes_;
};

}  // namespace weir::cli
