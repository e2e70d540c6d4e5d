#include "apps/workflow/model/definition_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "apps/workflow/model/json_members.hpp"
#include "apps/workflow/model/schema_keywords.hpp"
#include "base/nearest.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using Where = ExpressionSite::Where;

class Reader {
 public:
  Reader(const json::object& document, Report& report) : document_(document), report_(report) {}

  ReadDefinition run() {
    made_.id = text_member(document_, "id");
    made_.name = text_member(document_, "name");
    if (made_.name.empty()) made_.name = made_.id;
    made_.description = text_member(document_, "description");
    if (const auto* schema = member(document_, "input")) {
      made_.input_schema = *schema;
      if (schema->is_object()) check_keywords(*schema, "/input", report_);
    }
    if (const auto* output = member(document_, "output")) {
      made_.output = compile(*output, "/output", {.where = Where::kOutput});
    }
    if (const auto* limit = object_member(document_, "concurrency")) {
      made_.executions_max = count_member(*limit, "max").value_or(0);
      if (text_member(*limit, "overflow") == "reject") made_.overflow = Overflow::kReject;
    }
    made_.timeout = duration(document_, "timeout", "");
    on_crash_ = on_crash(document_, OnCrash::kRetry);
    if (const auto* secrets = array_member(document_, "secrets")) {
      for (const auto& each : *secrets) {
        if (each.is_string()) made_.secrets.emplace_back(view(each.get_string()));
      }
    }
    nodes();
    edges();
    triggers();
    read_.definition = std::move(made_);
    return std::move(read_);
  }

 private:
  static OnCrash on_crash(const json::object& object, OnCrash otherwise) {
    const auto text = text_member(object, "onCrash");
    if (text == "retry") return OnCrash::kRetry;
    if (text == "fail") return OnCrash::kFail;
    if (text == "ask") return OnCrash::kAsk;
    return otherwise;
  }

  std::optional<std::chrono::milliseconds> duration(const json::object& object,
                                                    std::string_view name,
                                                    const std::string& pointer) {
    const auto given = duration_member(object, name);
    if (given && given->count() == 0) {
      report_.value(pointer_step(pointer, name), "this is above 0; without it there is no limit");
      return std::nullopt;
    }
    return given;
  }

  /// `site` tells where it is written.
  std::optional<Expression> condition(const json::object& object, std::string_view name,
                                      const std::string& pointer, ExpressionSite site) {
    const auto text = text_member(object, name);
    // Anything else is the schema's to refuse.
    if (!holds_expression(text)) return std::nullopt;
    site.pointer = pointer_step(pointer, name);
    auto made = compile_condition(text, site.pointer, report_);
    if (made) {
      site.condition = true;
      site.at = text.size() - text.substr(text.find("${{") + 3).size();
      site.expression = *made;
      read_.sites.push_back(std::move(site));
    }
    return made;
  }

  Template compile(json::value value, const std::string& pointer, const ExpressionSite& site) {
    mark(value, pointer);
    auto made = Template::compile(std::move(value), pointer, report_);
    made.for_each([&](const Template::Part& part) {
      ExpressionSite each = site;
      each.whole = part.whole;
      each.pointer = part.pointer;
      each.at = part.at;
      each.expression = part.expression;
      read_.sites.push_back(std::move(each));
    });
    return made;
  }
  void mark(const json::value& value, const std::string& pointer) {
    if (const auto* text = value.if_string(); text != nullptr && holds_expression(view(*text))) {
      read_.templated.push_back(pointer);
    } else if (const auto* array = value.if_array()) {
      for (std::size_t i = 0; i < array->size(); ++i) mark((*array)[i], pointer_step(pointer, i));
    } else if (const auto* object = value.if_object()) {
      for (const auto& each : *object) mark(each.value(), pointer_step(pointer, view(each.key())));
    }
  }

  void nodes() {
    const auto* list = array_member(document_, "nodes");
    if (list == nullptr) return;
    std::size_t count = 0;
    std::set<std::string> ids;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string pointer = pointer_step("/nodes", i);
      Node made;
      if (const auto* object = (*list)[i].if_object()) {
        made = node(*object, pointer, static_cast<std::uint32_t>(i));
        count += 1 + made.children.size();
        if (!made.id.empty() && !ids.insert(made.id).second) {
          report_.value(pointer_step(pointer, "id"),
                        fmt::format("there is another node \"{}\"", made.id));
        }
      }
      // One that is none keeps its place, so that an index is the same here and there.
      made_.nodes.push_back(std::move(made));
    }
    if (count > kNodesMax) {
      report_.value("/nodes", fmt::format("more than {} nodes, children included", kNodesMax));
    }
  }

  /// What nodes and children have in common.
  Node plain_node(const json::object& object, const std::string& pointer,
                  const ExpressionSite& site) {
    Node made;
    made.id = text_member(object, "id");
    made.name = text_member(object, "name");
    if (made.name.empty()) made.name = made.id;
    made.kind = node_kind(text_member(object, "type")).value_or(NodeKind::kDelay);
    made.condition = condition(object, "if", pointer, site);
    made.timeout = duration(object, "timeout", pointer);
    made.on_crash = on_crash(object, on_crash_);
    made.continue_on_error = flag_member(object, "continueOnError").value_or(false);
    if (const auto* given = object_member(object, "retry")) {
      made.retry.attempts = count_member(*given, "attempts").value_or(1);
      made.retry.backoff = duration_member(*given, "backoff").value_or(made.retry.backoff);
      made.retry.max_delay = duration_member(*given, "maxDelay").value_or(made.retry.max_delay);
      made.retry.jitter = number_member(*given, "jitter").value_or(made.retry.jitter);
    }
    if (const auto* group = object_member(object, "concurrency")) {
      made.concurrency = ConcurrencyGroup{.name = std::string(text_member(*group, "group")),
                                          .max = count_member(*group, "max").value_or(1)};
    }
    return made;
  }

  /// The site of a node's `with`. One of no known kind is given the benefit of the doubt.
  static ExpressionSite acting(ExpressionSite site, const json::object& object) {
    const auto kind = node_kind(text_member(object, "type"));
    site.acts = !kind || info(*kind).effect;
    return site;
  }

  Node node(const json::object& object, const std::string& pointer, std::uint32_t index) {
    const ExpressionSite site{.where = Where::kNode, .index = index};
    Node made = plain_node(object, pointer, site);
    const auto* with = object_member(object, "with");
    if (with == nullptr) return made;
    const std::string inner = pointer_step(pointer, "with");
    switch (made.kind) {
      case NodeKind::kBranch:
        branch(*with, inner, site, made);
        break;
      case NodeKind::kParallel:
        container(*with, made);
        if (const auto* list = array_member(*with, "nodes"))
          parallel(*list, inner + "/nodes", index, made);
        break;
      case NodeKind::kForeach:
        container(*with, made);
        if (const auto* items = member(*with, "items")) {
          made.items = compile(*items, inner + "/items", site);
        }
        if (const auto* child = object_member(*with, "do")) {
          made.children.push_back(this->child(*child, inner + "/do", index));
          made.children.back().id = "do";
        }
        break;
      default:
        made.with = compile(*with, inner, acting(site, object));
        fixed(*with, "workflowId", inner, made.kind == NodeKind::kWorkflow);
        fixed(*with, "wait", inner, made.kind == NodeKind::kWorkflow);
        break;
    }
    return made;
  }

  /// What must be known before the workflow runs.
  void fixed(const json::object& with, std::string_view name, const std::string& pointer,
             bool applies) {
    if (applies && holds_expression(text_member(with, name))) {
      report_.value(pointer_step(pointer, name), "this cannot be an expression");
    }
  }

  Node child(const json::object& object, const std::string& pointer, std::uint32_t parent) {
    const ExpressionSite site{.where = Where::kChild, .index = parent};
    Node made = plain_node(object, pointer, site);
    if (!may_be_child(made.kind)) return made;
    if (const auto* with = object_member(object, "with")) {
      const std::string inner = pointer_step(pointer, "with");
      made.with = compile(*with, inner, acting(site, object));
      fixed(*with, "workflowId", inner, made.kind == NodeKind::kWorkflow);
      fixed(*with, "wait", inner, made.kind == NodeKind::kWorkflow);
    }
    return made;
  }

  static void container(const json::object& with, Node& made) {
    made.max_concurrent = count_member(with, "maxConcurrent").value_or(made.max_concurrent);
    made.fail_fast = flag_member(with, "failFast").value_or(made.fail_fast);
  }

  void parallel(const json::array& list, const std::string& pointer, std::uint32_t parent,
                Node& made) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto* object = list[i].if_object();
      if (object == nullptr) continue;
      const std::string inner = pointer_step(pointer, i);
      made.children.push_back(child(*object, inner, parent));
      const auto& id = made.children.back().id;
      if (id.empty() && !object->contains("id")) {
        report_.value(inner, "\"id\" is missing: the output has this node's under it");
      } else if (!id.empty() && !ids.insert(id).second) {
        report_.value(pointer_step(inner, "id"), fmt::format("there is another node \"{}\"", id));
      }
    }
  }

  void branch(const json::object& with, const std::string& pointer, const ExpressionSite& site,
              Node& made) {
    made.default_case = text_member(with, "default");
    const auto* list = array_member(with, "cases");
    if (list == nullptr) return;
    std::set<std::string> names;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto* object = (*list)[i].if_object();
      if (object == nullptr) continue;
      const std::string inner = pointer_step(pointer + "/cases", i);
      Case choice{.name = std::string(text_member(*object, "name")), .when = {}};
      if (!choice.name.empty() && !names.insert(choice.name).second) {
        report_.value(pointer_step(inner, "name"),
                      fmt::format("there is another case \"{}\"", choice.name));
      }
      if (auto when = condition(*object, "when", inner, site)) choice.when = std::move(*when);
      made.cases.push_back(std::move(choice));
    }
  }

  std::optional<std::uint32_t> end_of_edge(const json::object& edge, std::string_view name,
                                           const std::string& pointer) {
    const auto id = text_member(edge, name);
    if (id.empty()) return std::nullopt;
    if (const auto index = made_.index_of(id)) return index;
    std::vector<std::string> ids;
    for (const auto& node : made_.nodes) ids.push_back(node.id);
    report_.value(pointer_step(pointer, name),
                  fmt::format("there is no node \"{}\"{}", id, base::did_you_mean(id, ids)));
    return std::nullopt;
  }

  void edges() {
    const auto* list = array_member(document_, "edges");
    if (list == nullptr) return;
    std::set<std::string> known;
    for (std::size_t i = 0; i < std::min(list->size(), kEdgesMax); ++i) {
      const auto* object = (*list)[i].if_object();
      if (object == nullptr) continue;
      const std::string pointer = pointer_step("/edges", i);
      const auto from = end_of_edge(*object, "from", pointer);
      const auto to = end_of_edge(*object, "to", pointer);
      const auto index = static_cast<std::uint32_t>(made_.edges.size());
      auto when = condition(*object, "if", pointer, {.where = Where::kEdge, .index = index});
      if (!from || !to) {
        // An edge that is none has no place to name anything from.
        std::erase_if(read_.sites, [&](const auto& site) {
          return site.where == Where::kEdge && site.index == index;
        });
        continue;
      }
      Edge edge{.from = *from,
                .to = *to,
                .on = EdgeOn::kSuccess,
                .condition = std::move(when),
                .chosen_case = std::string(text_member(*object, "case"))};
      const auto on = text_member(*object, "on");
      if (on == "failure") edge.on = EdgeOn::kFailure;
      if (on == "always") edge.on = EdgeOn::kAlways;
      if (!edge.chosen_case.empty()) check_case(edge, pointer);
      if (!known.insert(fmt::format("{} {} {} {}", edge.from, edge.to, on, edge.chosen_case))
               .second &&
          !edge.condition) {
        report_.value(pointer, "this edge is there twice");
      }
      made_.nodes[edge.from].outgoing.push_back(index);
      made_.nodes[edge.to].incoming.push_back(index);
      made_.edges.push_back(std::move(edge));
      read_.edge_pointers.push_back(pointer);
    }
  }

  void check_case(const Edge& edge, const std::string& pointer) {
    const Node& source = made_.nodes[edge.from];
    const std::string inner = pointer_step(pointer, "case");
    if (source.kind != NodeKind::kBranch) {
      return report_.name(inner,
                          fmt::format("\"{}\" is no branch, so that it has no cases", source.id));
    }
    if (edge.on == EdgeOn::kFailure) {
      return report_.name(inner, "a branch that failed chose no case");
    }
    std::vector<std::string> names;
    for (const auto& each : source.cases) names.push_back(each.name);
    if (!source.default_case.empty()) names.push_back(source.default_case);
    if (std::find(names.begin(), names.end(), edge.chosen_case) == names.end()) {
      report_.value(inner, fmt::format("\"{}\" has no case \"{}\"{}", source.id, edge.chosen_case,
                                       base::did_you_mean(edge.chosen_case, names)));
    }
  }

  void triggers() {
    const auto* list = array_member(document_, "triggers");
    if (list == nullptr) return;
    std::set<std::string> ids;
    for (std::size_t i = 0; i < std::min(list->size(), kTriggersMax); ++i) {
      const auto* object = (*list)[i].if_object();
      if (object == nullptr) continue;
      const std::string pointer = pointer_step("/triggers", i);
      const auto type = text_member(*object, "type");
      Trigger made;
      json::value input = json::object();
      if (type == "cron") {
        schedule(*object, pointer, made);
      } else if (type == "webhook") {
        made.type = Trigger::Type::kWebhook;
        made.webhook_id = text_member(*object, "id");
        input = "${{ trigger.body }}";
        if (!made.webhook_id.empty() && !ids.insert(made.webhook_id).second) {
          report_.value(pointer_step(pointer, "id"),
                        fmt::format("there is another webhook \"{}\"", made.webhook_id));
        }
      } else if (type == "event") {
        made.type = Trigger::Type::kEvent;
        input = "${{ trigger.data }}";
        event(*object, pointer, made);
      } else {
        continue;
      }
      if (const auto* given = member(*object, "input")) input = *given;
      made.input = compile(
          std::move(input), pointer_step(pointer, "input"),
          {.where = Where::kTrigger, .index = static_cast<std::uint32_t>(made_.triggers.size())});
      made_.triggers.push_back(std::move(made));
    }
  }

  void schedule(const json::object& object, const std::string& pointer, Trigger& made) {
    const auto text = text_member(object, "schedule");
    const auto zone = text_member(object, "timezone");
    if (text.empty()) return;
    auto schedule = CronSchedule::parse(text, zone);
    if (schedule) {
      made.schedule = std::move(*schedule);
      return;
    }
    const bool zone_is_wrong = !zone.empty() && !!CronSchedule::parse(text);
    report_.value(pointer_step(pointer, zone_is_wrong ? "timezone" : "schedule"),
                  schedule.error().detail);
  }

  void event(const json::object& object, const std::string& pointer, Trigger& made) {
    if (const auto topic = text_member(object, "topic"); !topic.empty()) {
      auto pattern = proto::Pattern::parse(topic);
      if (pattern) {
        made.topics = std::move(*pattern);
      } else {
        report_.value(pointer_step(pointer, "topic"), pattern.error().detail);
      }
    }
    if (const auto text = text_member(object, "filter"); !text.empty()) {
      auto filter = proto::Filter::parse(text);
      if (filter) {
        made.filter = std::move(*filter);
      } else {
        // The rest shows the place with a caret, over several lines.
        const std::string& detail = filter.error().detail;
        report_.value(pointer_step(pointer, "filter"), detail.substr(0, detail.find('\n')));
      }
    }
  }

  const json::object& document_;
  Report& report_;
  Definition made_;
  OnCrash on_crash_ = OnCrash::kRetry;  ///< Of nodes that say nothing.
  ReadDefinition read_;
};

}  // namespace

ReadDefinition read_definition(const SourceDocument& document, Report& report) {
  const auto* object = document.value.if_object();
  if (object == nullptr) return {};
  return Reader(*object, report).run();
}

}  // namespace weir::apps::workflow
