#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/workflow/model/cron.hpp"
#include "apps/workflow/model/expression.hpp"
#include "apps/workflow/model/node_kind.hpp"
#include "apps/workflow/model/template.hpp"
#include "proto/filter.hpp"
#include "proto/selector.hpp"

namespace weir::apps::workflow {

// A workflow as it was written and found good: values without behaviour. `parse_definition`
// (parse.hpp) makes it and is the only one who does, so that what these comments say of it holds.
// Nothing changes it afterwards; share it as `std::shared_ptr<const Definition>`.

/// What becomes of an attempt that was running when the server died.
enum class OnCrash : std::uint8_t {
  kRetry,  ///< It is started anew, as if it had failed with attempts left.
  kFail,   ///< The node fails.
  kAsk,    ///< The node waits for a person to decide.
};

struct Retry {
  std::uint32_t attempts = 1;  ///< In all; 1 is no retry.
  std::chrono::milliseconds backoff{1'000};
  std::chrono::milliseconds max_delay{60'000};
  double jitter = 0.2;  ///< The part of the delay that is random, 0 to 1.
};

/// How long to wait before attempt `attempt` (2 is the first that waits): `backoff`, doubled with
/// every attempt up to `max_delay`, less `jitter` times `random` of it. `random` is from [0, 1).
std::chrono::milliseconds retry_delay(const Retry& retry, std::uint32_t attempt, double random);

/// A choice of a `branch`: the first whose condition holds is taken.
struct Case {
  std::string name;
  Expression when;
};

/// Which nodes may not run at the same time, in all executions of all workflows.
struct ConcurrencyGroup {
  std::string name;
  std::uint32_t max = 1;
};

struct Node {
  std::string id;    ///< Of a child: its own part, what stands behind the slash of `parent/key`.
  std::string name;  ///< For people; the id if none was given.
  NodeKind kind = NodeKind::kShell;
  /// Of the kinds whose `with` is resolved when they start: an object. Of branch, parallel and
  /// foreach it is null; what they are given is below.
  Template with;
  std::optional<Expression> condition;  ///< `if`.
  Retry retry;
  std::optional<std::chrono::milliseconds> timeout;  ///< Of one attempt.
  OnCrash on_crash = OnCrash::kRetry;                ///< Its own, or else the workflow's.
  std::optional<ConcurrencyGroup> concurrency;
  bool continue_on_error = false;

  // Of a branch.
  std::vector<Case> cases;
  std::string default_case;  ///< "": none.

  // Of parallel and foreach.
  /// parallel: each runs once, as `parent/<its id>`. foreach: one, which runs for each item as
  /// `parent/<index>` (its id is "do").
  std::vector<Node> children;
  Template items;  ///< foreach: resolves to an array.
  std::uint32_t max_concurrent = 4;
  bool fail_fast = true;  ///< The first child that fails ends the others.

  // Of the graph; indices into Definition::edges. Empty in children.
  std::vector<std::uint32_t> incoming;
  std::vector<std::uint32_t> outgoing;
};

enum class EdgeOn : std::uint8_t { kSuccess, kFailure, kAlways };

struct Edge {
  std::uint32_t from = 0;  ///< Indices into Definition::nodes.
  std::uint32_t to = 0;
  EdgeOn on = EdgeOn::kSuccess;
  std::optional<Expression> condition;  ///< `if`.
  std::string chosen_case;              ///< `case`; "": whichever the branch chose.
};

struct Trigger {
  enum class Type : std::uint8_t { kCron, kWebhook, kEvent };

  Type type = Type::kCron;
  std::optional<CronSchedule> schedule;  ///< Of kCron.
  std::string webhook_id;                ///< Of kWebhook: unique in the workflow.
  std::optional<proto::Pattern> topics;  ///< Of kEvent.
  std::optional<proto::Filter> filter;   ///< Of kEvent; none: every event.
  /// The run's input. Resolved with `trigger` and `workflow` alone in the scope. Where the
  /// definition says nothing it is `${{ trigger.body }}` of a webhook, `${{ trigger.data }}` of an
  /// event and `{}` of a schedule.
  Template input;
};

enum class Overflow : std::uint8_t { kQueue, kReject };

struct Definition {
  std::string id;
  std::string name;  ///< The id if none was given.
  std::string description;
  boost::json::value input_schema;  ///< Null: any input.
  std::optional<Template> output;   ///< None: null.
  std::uint32_t executions_max =
      0;  ///< `concurrency.max`: running at a time; 0: no limit of its own.
  Overflow overflow = Overflow::kQueue;
  std::optional<std::chrono::milliseconds> timeout;
  std::vector<Trigger> triggers;
  std::vector<std::string> secrets;  ///< Which may be named.
  std::vector<Node> nodes;           ///< As written; no two with one id.
  std::vector<Edge> edges;
  std::vector<std::uint32_t> order;  ///< Of the nodes: each behind all that it depends on.
  /// The definition as JSON, with its members in the schema's order and nothing added.
  boost::json::object document;

  /// The index of the node, or nothing.
  std::optional<std::uint32_t> index_of(std::string_view node_id) const;
  /// The node `fetch`, or the child behind `all/left` or `each/3`; null if there is none.
  const Node* find(std::string_view path) const;
};

/// What a definition may have; a definition with more is refused.
inline constexpr std::size_t kDefinitionBytesMax = 256 * 1024;
inline constexpr std::size_t kNodesMax = 500;  ///< Children included.
inline constexpr std::size_t kEdgesMax = 2'000;
inline constexpr std::size_t kTriggersMax = 50;
inline constexpr std::size_t kSecretsMax = 100;
inline constexpr std::size_t kIdBytesMax = 64;

/// [a-z0-9][a-z0-9_-]{0,63}
bool is_id(std::string_view text);

}  // namespace weir::apps::workflow
