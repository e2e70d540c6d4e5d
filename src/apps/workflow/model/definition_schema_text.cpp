#include "apps/workflow/model/definition_schema_text.hpp"

namespace weir::apps::workflow {

// The order of the members is the canonical one, in which definitions are stored and exported.
const std::string_view kDefinitionSchemaText = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A workflow of Weir",
  "type": "object",
  "properties": {
    "$schema": {"type": "string"},
    "id": {"type": "string", "format": "weir-id"},
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": {"type": "string", "maxLength": 10000},
    "input": {"type": ["object", "boolean"], "description": "The JSON Schema of a run's input"},
    "triggers": {"type": "array", "items": {"$ref": "#/$defs/trigger"}, "maxItems": 50},
    "secrets": {
      "type": "array",
      "items": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"},
      "uniqueItems": true,
      "maxItems": 100,
      "description": "The secrets that may be named as ${{ secrets.NAME }}"
    },
    "concurrency": {
      "type": "object",
      "properties": {
        "max": {"type": "integer", "minimum": 1, "maximum": 10000, "description": "Executions at a time"},
        "overflow": {"enum": ["queue", "reject"], "default": "queue"}
      },
      "required": ["max"],
      "additionalProperties": false
    },
    "timeout": {"$ref": "#/$defs/duration"},
    "onCrash": {"$ref": "#/$defs/onCrash"},
    "nodes": {"type": "array", "items": {"$ref": "#/$defs/node"}, "minItems": 1, "maxItems": 500},
    "edges": {"type": "array", "items": {"$ref": "#/$defs/edge"}, "maxItems": 2000},
    "output": {"description": "What a run results in; may hold expressions"}
  },
  "required": ["id", "nodes"],
  "additionalProperties": false,
  "$defs": {
    "duration": {"type": "string", "format": "weir-duration", "description": "250ms, 30s, 5m, 2h, 1d"},
    "condition": {"type": "string", "format": "weir-condition"},
    "onCrash": {"enum": ["retry", "fail", "ask"], "default": "retry",
      "description": "What becomes of an attempt that was running when the server died"},
    "retry": {
      "type": "object",
      "properties": {
        "attempts": {"type": "integer", "minimum": 1, "maximum": 100, "description": "In all"},
        "backoff": {"$ref": "#/$defs/duration"},
        "maxDelay": {"$ref": "#/$defs/duration"},
        "jitter": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.2}
      },
      "required": ["attempts"],
      "additionalProperties": false
    },
    "group": {
      "type": "object",
      "properties": {
        "group": {"type": "string", "format": "weir-id"},
        "max": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1}
      },
      "required": ["group"],
      "additionalProperties": false
    },
    "node": {
      "type": "object",
      "properties": {
        "id": {"type": "string", "format": "weir-id"},
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "type": {"enum": []},
        "if": {"$ref": "#/$defs/condition"},
        "with": {"type": "object"},
        "retry": {"$ref": "#/$defs/retry"},
        "timeout": {"$ref": "#/$defs/duration"},
        "onCrash": {"$ref": "#/$defs/onCrash"},
        "concurrency": {"$ref": "#/$defs/group"},
        "continueOnError": {"type": "boolean", "default": false}
      },
      "required": ["id", "type", "with"],
      "additionalProperties": false
    },
    "child": {
      "type": "object",
      "properties": {
        "id": {"type": "string", "format": "weir-id"},
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "type": {"enum": []},
        "if": {"$ref": "#/$defs/condition"},
        "with": {"type": "object"},
        "retry": {"$ref": "#/$defs/retry"},
        "timeout": {"$ref": "#/$defs/duration"},
        "onCrash": {"$ref": "#/$defs/onCrash"},
        "concurrency": {"$ref": "#/$defs/group"},
        "continueOnError": {"type": "boolean", "default": false}
      },
      "required": ["type", "with"],
      "additionalProperties": false
    },
    "edge": {
      "type": "object",
      "properties": {
        "from": {"type": "string", "format": "weir-id"},
        "to": {"type": "string", "format": "weir-id"},
        "on": {"enum": ["success", "failure", "always"], "default": "success"},
        "case": {"type": "string", "format": "weir-id", "description": "Behind a branch: only for this case"},
        "if": {"$ref": "#/$defs/condition"}
      },
      "required": ["from", "to"],
      "additionalProperties": false
    },
    "trigger": {
      "type": "object",
      "properties": {"type": {"enum": ["cron", "webhook", "event"]}},
      "required": ["type"],
      "allOf": [
        {"if": {"properties": {"type": {"const": "cron"}}}, "then": {"$ref": "#/$defs/trigger-cron"}},
        {"if": {"properties": {"type": {"const": "webhook"}}}, "then": {"$ref": "#/$defs/trigger-webhook"}},
        {"if": {"properties": {"type": {"const": "event"}}}, "then": {"$ref": "#/$defs/trigger-event"}}
      ]
    },
    "trigger-cron": {
      "properties": {
        "type": {},
        "schedule": {"type": "string", "description": "minute hour day month weekday, or @hourly, @daily …"},
        "timezone": {"type": "string", "default": "UTC", "description": "A name such as Europe/Berlin"},
        "input": {}
      },
      "required": ["schedule"],
      "additionalProperties": false
    },
    "trigger-webhook": {
      "properties": {
        "type": {},
        "id": {"type": "string", "format": "weir-id"},
        "input": {}
      },
      "required": ["id"],
      "additionalProperties": false
    },
    "trigger-event": {
      "properties": {
        "type": {},
        "topic": {"type": "string", "minLength": 1, "description": "A topic, or a pattern such as orders/*"},
        "filter": {"type": "string", "minLength": 1},
        "input": {}
      },
      "required": ["topic"],
      "additionalProperties": false
    }
  }
})json";

}  // namespace weir::apps::workflow
