#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"

namespace weir::apps::workflow {

/// What the names of an expression stand for while it is evaluated. Everything is borrowed: it must
/// outlive the call that is given the scope.
struct Scope {
  /// A node as `nodes.<id>` shows it.
  struct NodeView {
    const boost::json::value* output = nullptr;  ///< null until it has completed.
    std::string_view status;                     ///< "completed", "failed", "skipped" …
    std::string_view error;                      ///< "" (null to the expression) unless it failed.
  };
  struct ExecutionView {
    std::string_view id;
    base::UnixMillis start_time = 0;  ///< `execution.startTime` is its RFC 3339 text.
    std::uint32_t attempt = 1;        ///< Of the node that is being started; 1 elsewhere.
  };
  struct WorkflowView {
    std::string_view id;
    std::string_view name;
    std::uint64_t version = 0;
  };

  const boost::json::value* input = nullptr;    ///< Null pointers are null to the expression.
  const boost::json::value* trigger = nullptr;  ///< What started it: `{"type":"cron", …}`.
  const boost::json::value* item = nullptr;     ///< In a child of `foreach`.
  std::optional<std::uint64_t> index;           ///< In a child of `foreach`.
  ExecutionView execution;
  WorkflowView workflow;
  /// `nodes.<id>`; unset or nothing: null.
  std::function<std::optional<NodeView>(std::string_view id)> node;
  /// `secrets.NAME`; unset or nothing: an error, never an empty secret. Whoever resolves learns
  /// here which secrets a value holds. To show a `with` to people, resolve it again with a function
  /// that answers "***".
  std::function<std::optional<std::string>(std::string_view name)> secret;
};

}  // namespace weir::apps::workflow
