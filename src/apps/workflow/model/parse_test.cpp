#include "apps/workflow/model/parse.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apps/workflow/model/examples.hpp"
#include "apps/workflow/model/schema.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

std::string text_of(const Problems& problems) {
  std::string text;
  for (const auto& problem : problems) text += problem_text(problem) + "\n";
  return text;
}

std::string yaml_problems(std::string_view text) {
  return text_of(parse_definition(text, Format::kYaml).problems);
}
std::string json_problems(std::string_view text) {
  return text_of(parse_definition(text, Format::kJson).problems);
}

/// A definition with these nodes, as flow YAML in lines of their own, and edges.
std::string problems_of(std::string_view nodes, std::string_view rest = "") {
  return yaml_problems("id: w\nnodes:\n" + std::string(nodes) + std::string(rest));
}

TEST(Parse, ADefinitionBecomesWhatItSays) {
  const auto parsed = parse_definition(R"(
id: orders
name: Orders
description: All of it
input: {type: object, properties: {n: {type: integer}}}
output: ${{ nodes.pick.output.case }}
concurrency: {max: 3, overflow: reject}
timeout: 1h
onCrash: fail
secrets: [TOKEN]
triggers:
  - {type: cron, schedule: "0 3 * * *", timezone: Europe/Berlin, input: {n: 1}}
  - {type: webhook, id: hook}
  - {type: event, topic: "orders/{id}", filter: "data.total > 100"}
nodes:
  - id: fetch
    name: Fetch
    type: http
    if: ${{ input.n > 0 }}
    with: {url: "http://a/${{ input.n }}", headers: {Authorization: "${{ secrets.TOKEN }}"}}
    retry: {attempts: 3, backoff: 1s, maxDelay: 1m, jitter: 0.5}
    timeout: 30s
    onCrash: ask
    concurrency: {group: api, max: 2}
    continueOnError: true
  - id: pick
    type: branch
    with: {cases: [{name: few, when: "${{ input.n < 10 }}"}], default: many}
  - id: each
    type: foreach
    with: {items: [1, 2], maxConcurrent: 7, failFast: false, do: {type: script, with: {source: "return item"}}}
  - id: all
    type: parallel
    with: {nodes: [{id: left, type: shell, with: {command: "true"}}, {id: right, type: delay, with: {duration: 1s}}]}
edges:
  - {from: fetch, to: pick, on: always, if: "${{ nodes.fetch.status != 'failed' }}"}
  - {from: pick, to: each, case: few}
  - {from: pick, to: all, case: many}
)",
                                       Format::kYaml);
  ASSERT_TRUE(parsed.definition) << text_of(parsed.problems);
  const auto& made = *parsed.definition;
  EXPECT_EQ(made.name, "Orders");
  EXPECT_EQ(made.executions_max, 3U);
  EXPECT_EQ(made.overflow, Overflow::kReject);
  EXPECT_EQ(made.timeout, std::chrono::hours(1));
  EXPECT_EQ(made.secrets, std::vector<std::string>{"TOKEN"});
  EXPECT_EQ(made.order, (std::vector<std::uint32_t>{0, 1, 2, 3}));
  const Node& fetch = *made.find("fetch");
  EXPECT_EQ(fetch.name, "Fetch");
  EXPECT_EQ(fetch.kind, NodeKind::kHttp);
  EXPECT_TRUE(fetch.condition);
  EXPECT_EQ(fetch.retry.attempts, 3U);
  EXPECT_EQ(fetch.retry.max_delay, std::chrono::minutes(1));
  EXPECT_EQ(fetch.retry.jitter, 0.5);
  EXPECT_EQ(fetch.timeout, std::chrono::seconds(30));
  EXPECT_EQ(fetch.on_crash, OnCrash::kAsk);
  EXPECT_EQ(fetch.concurrency->name, "api");
  EXPECT_EQ(fetch.concurrency->max, 2U);
  EXPECT_TRUE(fetch.continue_on_error);
  EXPECT_EQ(fetch.outgoing, std::vector<std::uint32_t>{0});
  const Node& pick = *made.find("pick");
  EXPECT_EQ(pick.on_crash, OnCrash::kFail) << "what the workflow says";
  EXPECT_EQ(pick.cases.front().name, "few");
  EXPECT_EQ(pick.default_case, "many");
  EXPECT_EQ(made.edges[0].on, EdgeOn::kAlways);
  EXPECT_TRUE(made.edges[0].condition);
  EXPECT_EQ(made.edges[1].chosen_case, "few");
  const Node& each = *made.find("each");
  EXPECT_EQ(each.max_concurrent, 7U);
  EXPECT_FALSE(each.fail_fast);
  EXPECT_EQ(made.find("each/17"), &each.children.front());
  EXPECT_EQ(made.find("each/left"), nullptr);
  EXPECT_EQ(made.find("all/right")->kind, NodeKind::kDelay);
  EXPECT_EQ(made.find("all/middle"), nullptr);
  EXPECT_EQ(made.find("nothing"), nullptr);
  ASSERT_EQ(made.triggers.size(), 3U);
  EXPECT_EQ(made.triggers[0].schedule->zone(), "Europe/Berlin");
  EXPECT_EQ(made.triggers[1].webhook_id, "hook");
  EXPECT_EQ(made.triggers[1].input.source(), json::value("${{ trigger.body }}"));
  EXPECT_TRUE(made.triggers[2].topics->matches("orders/7"));
  EXPECT_TRUE(made.triggers[2].filter);

  Scope scope;
  const json::value input = json::object{{"n", 5}};
  scope.input = &input;
  scope.secret = [](std::string_view) { return std::optional<std::string>("s"); };
  EXPECT_EQ(json::serialize(*resolve(fetch.with, scope)),
            R"({"url":"http://a/5","headers":{"Authorization":"s"}})");
}

TEST(Parse, EveryProblemHasItsPlace) {
  EXPECT_EQ(
      yaml_problems(R"(id: Orders
nodes:
  - id: fetch
    type: htpp
    with: {url: http://a}
  - id: store
    type: http
    wiht: {}
    with:
      url: "http://a/${{ nodes.fetch.outptu }}"
      method: get
    timeout: 5 parsecs
edges:
  - {from: fetch, to: stor}
)"),
      "1:5: /id: an id has 1 to 64 of a to z, 0 to 9, _ and -, and begins with a letter or a "
      "digit\n"
      "4:11: /nodes/0/type: \"htpp\" is not \"shell\", \"http\", \"delay\", \"script\", "
      "\"branch\", "
      "\"parallel\", \"foreach\", \"workflow\", \"approval\", \"notify\", \"task\" or \"publish\"; "
      "did you "
      "mean \"http\"?\n"
      "8:5: /nodes/1/wiht: there is no \"wiht\" here; did you mean \"with\"?\n"
      "10:37: /nodes/1/with/url: nodes.fetch has output, status and error, but no \"outptu\"; did "
      "you mean \"output\"?\n"
      "11:15: /nodes/1/with/method: \"get\" is not \"GET\", \"HEAD\", \"POST\", \"PUT\", "
      "\"PATCH\", \"DELETE\" "
      "or \"OPTIONS\"\n"
      "12:14: /nodes/1/timeout: \"5 parsecs\" needs one of the units ms, s, m, h, d\n"
      "14:23: /edges/0/to: there is no node \"stor\"; did you mean \"store\"?\n");
}

TEST(Parse, TheSameInJsonHasTheSameProblems) {
  EXPECT_EQ(
      json_problems(
          "{\n \"id\": \"w\",\n \"nodes\": [\n  {\"id\": \"ä\", \"type\": \"delay\", \"with\": "
          "{\"duration\": \"1s\", \"untl\": 2}}\n ]\n}"),
      "4:10: /nodes/0/id: an id has 1 to 64 of a to z, 0 to 9, _ and -, and begins with a letter "
      "or a "
      "digit\n"
      "4:59: /nodes/0/with/untl: there is no \"untl\" here; did you mean \"until\"?\n");
}

TEST(Parse, TextThatCannotBeReadIsToldWithItsPlace) {
  EXPECT_EQ(json_problems("{\"id\": \"w\",\n  \"nodes\": [}\n"),
            "2:13: /nodes/0: this is no JSON: syntax error\n");
  EXPECT_EQ(json_problems(""), "1:1: this is no JSON: incomplete JSON\n");
  EXPECT_EQ(json_problems("{}{}"), "1:3: this is no JSON: expected the end\n");
  EXPECT_EQ(json_problems("{\"a\":1,\n\"a\":2}"), "2:1: /a: \"a\" is there twice\n");
  EXPECT_EQ(yaml_problems("a: 1\na: 2"), "2:1: /a: \"a\" is there twice\n");
  EXPECT_EQ(yaml_problems(""), "1:1: the text is empty\n");
  EXPECT_EQ(yaml_problems("a: b\n\"c"), "2:3: this is no YAML: illegal EOF in scalar\n");
  EXPECT_EQ(yaml_problems("a: [1, 2\nb: 3"),
            "2:2: this is no YAML: end of sequence flow not found\n");
  EXPECT_EQ(yaml_problems("a: 1\n---\nb: 2"), "1:1: there is more than one document\n");
  EXPECT_EQ(yaml_problems("? [a]\n: 1"), "1:3: a member's name is a string\n");
  EXPECT_EQ(yaml_problems("a: !thing 1"), "1:4: /a: the tag !thing has no meaning here\n");
  EXPECT_EQ(yaml_problems("a: .inf"), "1:4: /a: JSON has no number for .inf\n");
  EXPECT_EQ(yaml_problems("a: \xC3"), "1:1: the text is not UTF-8\n");
  EXPECT_EQ(yaml_problems("a: 1\nb: \x01"), "2:4: a control character\n");
  EXPECT_EQ(yaml_problems("just text"), "1:1: this is a string where an object is wanted\n");
  EXPECT_EQ(json_problems(std::string(kDefinitionBytesMax + 1, ' ')),
            "1:1: a definition has at most 262144 bytes\n");
}

TEST(Parse, AScalarOfYamlIsWhatTheCoreSchemaSays) {
  const auto parsed = parse_definition(R"(
id: w
nodes: [{id: a, type: publish, with: {topic: t, data: [1, -1, +1, 0x1F, 0o17, 1.5, .5, 1e3, 9223372036854775808,
  true, True, yes, no, on, null, ~, "1", 'true', 1.2.3, 2024-01-01, 12:30, "\u00fc", !!str 1, 01, '']}}]
)",
                                       Format::kYaml);
  ASSERT_TRUE(parsed.definition) << text_of(parsed.problems);
  EXPECT_EQ(
      json::serialize(parsed.definition->nodes[0].with.source().at("data")),
      R"([1,-1,1,31,15,1.5E0,5E-1,1E3,9223372036854775808,true,true,"yes","no","on",null,null,"1","true",)"
      R"("1.2.3","2024-01-01","12:30","ü","1",1,""])");
}

TEST(Parse, AliasesAreCopiesAndAreCounted) {
  const auto parsed = parse_definition(R"(
id: w
nodes:
  - {id: a, type: http, with: {url: http://a, headers: &h {A: b}}, retry: &r {attempts: 2}}
  - {id: b, type: http, with: {url: http://b, headers: *h}, retry: *r}
)",
                                       Format::kYaml);
  ASSERT_TRUE(parsed.definition) << text_of(parsed.problems);
  EXPECT_EQ(parsed.definition->nodes[1].retry.attempts, 2U);
  EXPECT_EQ(parsed.definition->nodes[1].with.source().at("headers").at("A"), "b");

  EXPECT_EQ(yaml_problems("a: &x [1, *x]"),
            "1:11: /a/1: this alias stands within its own anchor\n");
  // A billion laughs.
  std::string text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 10; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j > 0 ? ", " : "") + before;
    text += "]\n";
  }
  EXPECT_NE(yaml_problems(text).find("stand for more than"), std::string::npos)
      << yaml_problems(text);
}

TEST(Parse, DepthAndSizeAreBounded) {
  const auto nested = [](std::string_view open, std::string_view close, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += open;
    for (std::size_t i = 0; i < times; ++i) text += close;
    return text;
  };
  EXPECT_NE(json_problems(nested("[", "]", 40)).find("more than 32 levels deep"),
            std::string::npos);
  EXPECT_NE(json_problems(nested("[", "", 100'000)).find("more than 32 levels deep"),
            std::string::npos);
  EXPECT_NE(yaml_problems(nested("[", "]", 40)).find("more than 32 levels deep"),
            std::string::npos);
  EXPECT_NE(yaml_problems(nested("[", "", 100'000)), "");
  EXPECT_NE(yaml_problems(nested("- ", "", 50'000)), "");
  EXPECT_NE(yaml_problems(nested("{a: ", "", 50'000)), "");
  EXPECT_NE(json_problems("[" + nested("1,", "", 30'000) + "1]").find("more than 20000 values"),
            std::string::npos);
  EXPECT_NE(yaml_problems(nested("- 1\n", "", 30'000)).find("more than 20000 values"),
            std::string::npos);
}

TEST(Parse, TheGraphHasNoCircleAndNoLooseEnds) {
  const std::string_view three =
      "  - {id: a, type: delay, with: {duration: 1s}}\n"
      "  - {id: b, type: delay, with: {duration: 1s}}\n"
      "  - {id: c, type: delay, with: {duration: 1s}}\n";
  EXPECT_EQ(problems_of(three, "edges: [{from: a, to: b}, {from: b, to: c}, {from: a, to: c}]\n"),
            "");
  EXPECT_EQ(
      problems_of(three,
                  "edges:\n  - {from: a, to: b}\n  - {from: b, to: c}\n  - {from: c, to: b}\n"),
      "9:5: /edges/2: the edges go in a circle: b → c → b\n");
  EXPECT_EQ(problems_of(three, "edges: [{from: a, to: a}]\n"),
            "6:9: /edges/0: the edges go in a circle: a → a\n");
  EXPECT_EQ(problems_of(three, "edges:\n  - {from: a, to: b}\n  - {from: a, to: b}\n"),
            "8:5: /edges/1: this edge is there twice\n");
  EXPECT_EQ(
      problems_of("  - {id: a, type: delay, with: {duration: 1s}}\n  - {id: a, type: delay, with: "
                  "{duration: 1s}}\n"),
      "4:10: /nodes/1/id: there is another node \"a\"\n");
}

TEST(Parse, CasesAreThoseOfTheBranch) {
  const std::string_view nodes =
      "  - {id: b, type: branch, with: {cases: [{name: yes, when: \"${{ true }}\"}], default: "
      "no}}\n"
      "  - {id: c, type: delay, with: {duration: 1s}}\n";
  EXPECT_EQ(problems_of(nodes, "edges: [{from: b, to: c, case: yes}]"), "");
  EXPECT_EQ(problems_of(nodes, "edges: [{from: b, to: c, case: no}]"), "");
  EXPECT_EQ(problems_of(nodes, "edges: [{from: b, to: c, case: yse}]"),
            "5:32: /edges/0/case: \"b\" has no case \"yse\"; did you mean \"yes\"?\n");
  EXPECT_EQ(problems_of(nodes, "edges: [{from: b, to: c, case: yes, on: failure}]"),
            "5:26: /edges/0/case: a branch that failed chose no case\n");
  EXPECT_EQ(
      problems_of("  - {id: b, type: delay, with: {duration: 1s}}\n  - {id: c, type: delay, with: "
                  "{duration: 1s}}\n",
                  "edges: [{from: b, to: c, case: yes}]"),
      "5:26: /edges/0/case: \"b\" is no branch, so that it has no cases\n");
}

TEST(Parse, ExpressionsNameWhatIsThereAndFitsItsPlace) {
  const std::string_view fetch = "  - {id: fetch, type: http, with: {url: 'http://a'}}\n";
  const auto with = [&](std::string_view node,
                        std::string_view rest = "edges: [{from: fetch, to: n}]\n") {
    return problems_of(std::string(fetch) + "  - " + std::string(node) + "\n", rest);
  };
  EXPECT_EQ(
      with("{id: n, type: publish, with: {topic: t, data: '${{ nodes.fetch.output.json.x }}'}}"),
      "");
  EXPECT_EQ(
      with("{id: n, type: publish, with: {topic: t, data: '${{ nodes.fetch.output.staus }}'}}"),
      "4:56: /nodes/1/with/data: there is no \"staus\" in this object; did you mean \"status\"?\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: t, data: '${{ nodes.fetsch.output }}'}}"),
            "4:56: /nodes/1/with/data: there is no node \"fetsch\"; did you mean \"fetch\"?\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: t, data: '${{ nodes.fetch.output }}'}}", ""),
            "4:56: /nodes/1/with/data: no edges lead from \"fetch\" to \"n\", so that its end is "
            "not waited for\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: t, data: '${{ nodes.n.output }}'}}"),
            "4:56: /nodes/1/with/data: a node does not know its own end\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: '${{ nodes.fetch.output.status }}'}}"),
            "4:42: /nodes/1/with/topic: the expression gives a number or null where a string is "
            "wanted\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: 'a/${{ nodes.fetch.output.status }}'}}"),
            "");
  EXPECT_EQ(
      with("{id: n, type: publish, if: '${{ nodes.fetch.output.status }}', with: {topic: t}}"),
      "4:36: /nodes/1/if: a condition is true or false, and this is a number or null\n");
  EXPECT_EQ(with("{id: n, type: publish, if: 'input.x', with: {topic: t}}"),
            "4:32: /nodes/1/if: a condition is an expression: ${{ … }}\n");
  EXPECT_EQ(with("{id: n, type: publish, if: '${{ true }} or ${{ false }}', with: {topic: t}}"),
            "4:32: /nodes/1/if: a condition is one expression: ${{ … }}\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: t, data: '${{ item }}'}}"),
            "4:56: /nodes/1/with/data: there is an item in the node of a foreach only\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: t, data: '${{ nodes.fetch.output.status + "
                 "\"a\" }}'}}"),
            "4:56: /nodes/1/with/data: + takes two numbers or two strings, and not a number or "
            "null and a "
            "string\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: t, data: '${{ 1 == \"1\" }}'}}"),
            "4:56: /nodes/1/with/data: a number is never equal to a string\n");
  EXPECT_EQ(with("{id: n, type: publish, with: {topic: t, data: '${{ lower(1) }}'}}"),
            "4:62: /nodes/1/with/data: this is a number where a string is wanted\n");
  EXPECT_EQ(with("{id: n, type: foreach, with: {items: '${{ nodes.fetch.output.json }}', do: "
                 "{type: shell, with: "
                 "{command: '${{ item }}'}}}}"),
            "");
  EXPECT_EQ(
      with("{id: n, type: foreach, with: {items: '${{ nodes.fetch.output.body }}', do: {type: "
           "shell, with: "
           "{command: '${{ nodes.n.status }}'}}}}"),
      "4:42: /nodes/1/with/items: the expression gives a string or null where an array is wanted\n"
      "4:115: /nodes/1/with/do/with/command: a node does not know its own end\n");
}

TEST(Parse, ExpressionsKnowTheInputsSchema) {
  const auto with = [](std::string_view schema, std::string_view expression) {
    return yaml_problems("id: w\ninput: " + std::string(schema) +
                         "\nnodes: [{id: a, type: publish, with: {topic: t, data: '${{ " +
                         std::string(expression) + " }}'}}]\n");
  };
  const std::string_view closed =
      "{type: object, properties: {count: {type: integer}, tags: {type: array, items: {type: "
      "string}}}, "
      "additionalProperties: false}";
  EXPECT_EQ(with(closed, "input.count + 1"), "");
  EXPECT_EQ(with(closed, "input.tags[0] + 1"),
            "3:60: /nodes/0/with/data: + takes two numbers or two strings, and not a string or "
            "null and a "
            "number\n");
  EXPECT_EQ(
      with(closed, "input.cuont"),
      "3:60: /nodes/0/with/data: there is no \"cuont\" in this object; did you mean \"count\"?\n");
  EXPECT_EQ(with("{type: object}", "input.cuont"), "");
  EXPECT_EQ(with("{type: [object, array]}", "input.cuont"), "");
  EXPECT_EQ(with("{type: objekt}", "input.x"),
            "2:15: /input/type: this is one of array, boolean, integer, null, number, object and "
            "string, or a "
            "list of them\n");
}

TEST(Parse, SecretsAreDeclaredAndStayInWhatActs) {
  const auto with = [](std::string_view rest) {
    return yaml_problems("id: w\nsecrets: [TOKEN]\n" + std::string(rest));
  };
  EXPECT_EQ(with("nodes: [{id: a, type: http, with: {url: '${{ secrets.TOKEN }}'}}]"), "");
  EXPECT_EQ(with("nodes: [{id: a, type: http, with: {url: '${{ secrets.TOKNE }}'}}]"),
            "3:46: /nodes/0/with/url: \"TOKNE\" is not among the workflow's \"secrets\"; did you "
            "mean \"TOKEN\"?\n");
  const std::string_view kept =
      "secrets are for `with` of shell, http, script, notify, task and publish nodes only\n";
  EXPECT_EQ(
      with("nodes: [{id: a, type: http, if: '${{ secrets.TOKEN == \"\" }}', with: {url: b}}]"),
      "3:38: /nodes/0/if: " + std::string(kept));
  EXPECT_EQ(with("nodes: [{id: a, type: delay, with: {duration: '${{ secrets.TOKEN }}'}}]"),
            "3:52: /nodes/0/with/duration: " + std::string(kept));
  EXPECT_EQ(
      with("output: '${{ secrets.TOKEN }}'\nnodes: [{id: a, type: delay, with: {duration: 1s}}]"),
      "3:14: /output: " + std::string(kept));
}

TEST(Parse, TriggersAreHeldAgainstTheirOwnLanguages) {
  const auto with = [](std::string_view trigger) {
    return yaml_problems(
        "id: w\nnodes: [{id: a, type: delay, with: {duration: 1s}}]\ntriggers:\n  - " +
        std::string(trigger));
  };
  EXPECT_EQ(with("{type: cron, schedule: '61 * * * *'}"),
            "4:28: /triggers/0/schedule: the minute: 61 is not within 0 to 59 in \"61\"\n");
  EXPECT_EQ(
      with("{type: cron, schedule: '@daily', timezone: Mars/Olympus}"),
      "4:48: /triggers/0/timezone: \"Mars/Olympus\" is no time zone that this system knows\n");
  EXPECT_EQ(with("{type: cron}"), "4:5: /triggers/0: \"schedule\" is missing\n");
  EXPECT_EQ(with("{type: cron, schedule: '@daily', topic: t}"),
            "4:38: /triggers/0/topic: there is no \"topic\" here\n");
  EXPECT_NE(with("{type: event, topic: 'a/{b'}").find("/triggers/0/topic: "), std::string::npos);
  EXPECT_NE(with("{type: event, topic: t, filter: 'data.x >'}").find("4:37: /triggers/0/filter: "),
            std::string::npos);
  EXPECT_EQ(with("{type: webhook, id: a}\n  - {type: webhook, id: a}"),
            "5:25: /triggers/1/id: there is another webhook \"a\"\n");
  EXPECT_EQ(
      with("{type: webhook, id: a, input: {x: '${{ trigger.body.x }}', y: '${{ workflow.id }}'}}"),
      "");
  EXPECT_EQ(with("{type: webhook, id: a, input: '${{ input }}'}"),
            "4:40: /triggers/0/input: the input of a trigger is made of what triggered it alone\n");
  EXPECT_EQ(with("{type: manual}").substr(0, 47),
            "4:12: /triggers/0/type: \"manual\" is not \"cron\",");
}

TEST(Parse, ChildrenAreOfKindsThatAct) {
  EXPECT_NE(
      problems_of("  - {id: p, type: parallel, with: {nodes: [{id: a, type: branch, with: {}}]}}\n")
          .find("/nodes/0/with/nodes/0/type: \"branch\" is not"),
      std::string::npos);
  EXPECT_EQ(
      problems_of(
          "  - {id: p, type: parallel, with: {nodes: [{type: delay, with: {duration: 1s}}]}}\n"),
      "3:44: /nodes/0/with/nodes/0: \"id\" is missing: the output has this node's under it\n");
  EXPECT_EQ(
      problems_of(
          "  - {id: p, type: parallel, with: {nodes: [{id: a, type: delay, with: {duration: 1s}}, "
          "{id: a, type: delay, with: {duration: 1s}}]}}\n"),
      "3:93: /nodes/0/with/nodes/1/id: there is another node \"a\"\n");
  EXPECT_EQ(problems_of("  - {id: p, type: workflow, with: {workflowId: '${{ input.x }}'}}\n"),
            "3:48: /nodes/0/with/workflowId: this cannot be an expression\n");
}

TEST(Parse, WhatIsExportedIsReadBackAsTheSame) {
  for (const auto& example : examples()) {
    const auto parsed = parse_definition(example.yaml, Format::kYaml);
    ASSERT_TRUE(parsed.definition) << example.id << "\n" << text_of(parsed.problems);
    const auto as_json = json::serialize(to_json(*parsed.definition));
    const auto from_json = parse_definition(as_json, Format::kJson);
    ASSERT_TRUE(from_json.definition) << text_of(from_json.problems);
    EXPECT_EQ(json::serialize(to_json(*from_json.definition)), as_json);
    const auto as_yaml = to_yaml(*parsed.definition);
    const auto from_yaml = parse_definition(as_yaml, Format::kYaml);
    ASSERT_TRUE(from_yaml.definition) << as_yaml << text_of(from_yaml.problems);
    EXPECT_EQ(json::serialize(to_json(*from_yaml.definition)), as_json) << as_yaml;
  }
}

TEST(Parse, MembersAreExportedInTheSchemasOrder) {
  const auto parsed = parse_definition(
      R"({"edges":[],"nodes":[{"with":{"headers":{"b":"1","a":"2"},"url":"u","method":"GET"},"type":"http",
          "retry":{"backoff":"1s","attempts":2},"id":"a"}],
          "triggers":[{"schedule":"@daily","type":"cron"}],"id":"w"})",
      Format::kJson);
  ASSERT_TRUE(parsed.definition) << text_of(parsed.problems);
  EXPECT_EQ(
      json::serialize(to_json(*parsed.definition)),
      R"({"id":"w","triggers":[{"type":"cron","schedule":"@daily"}],"nodes":[{"id":"a","type":"http",)"
      R"("with":{"method":"GET","url":"u","headers":{"b":"1","a":"2"}},"retry":{"attempts":2,)"
      R"("backoff":"1s"}}],"edges":[]})");
}

TEST(Parse, EveryExampleIsGoodAndRunsWithoutAnInput) {
  EXPECT_GE(examples().size(), 12U);
  for (const auto& example : examples()) {
    const auto parsed = parse_definition(example.yaml, Format::kYaml);
    ASSERT_TRUE(parsed.definition) << example.id << "\n" << text_of(parsed.problems);
    EXPECT_EQ(parsed.definition->id, example.id);
    EXPECT_FALSE(parsed.definition->description.empty()) << example.id;
    const auto& schema = parsed.definition->input_schema;
    const bool asks = schema.is_object() && schema.get_object().contains("required");
    if (asks) continue;
    const auto problems = validate_input(schema, with_defaults(schema, json::object()));
    EXPECT_EQ(text_of(problems), "") << example.id;
  }
}

TEST(Parse, RetriesWaitLongerEachTimeAndNeverLongerThanTheirMost) {
  using std::chrono::milliseconds;
  const Retry retry{.attempts = 9,
                    .backoff = milliseconds(1'000),
                    .max_delay = milliseconds(10'000),
                    .jitter = 0.5};
  EXPECT_EQ(retry_delay(retry, 1, 0), milliseconds(0));
  EXPECT_EQ(retry_delay(retry, 2, 0), milliseconds(1'000));
  EXPECT_EQ(retry_delay(retry, 4, 0), milliseconds(4'000));
  EXPECT_EQ(retry_delay(retry, 4, 0.5), milliseconds(3'000));
  EXPECT_EQ(retry_delay(retry, 9, 0), milliseconds(10'000));
  EXPECT_EQ(retry_delay(retry, 4'000'000'000U, 0), milliseconds(10'000));
}

TEST(Parse, AFormatIsKnownByItsNameOrItsType) {
  EXPECT_EQ(format_of_file("a/b.yaml"), Format::kYaml);
  EXPECT_EQ(format_of_file("b.YML"), Format::kYaml);
  EXPECT_EQ(format_of_file("yaml"), Format::kJson);
  EXPECT_EQ(format_of_type("application/yaml; charset=utf-8"), Format::kYaml);
  EXPECT_EQ(format_of_type("Text/X-YAML"), Format::kYaml);
  EXPECT_EQ(format_of_type("application/json"), Format::kJson);
}

}  // namespace
}  // namespace weir::apps::workflow
