// The schemas of the kinds of nodes, as `GET /api/workflow/node-kinds` serves them. A format that
// begins with `weir-` is checked by schema_formats.cpp; other programs may ignore it.

#include "apps/workflow/model/node_kinds_text.hpp"

namespace weir::apps::workflow {

const std::string_view kNodeKindsText = R"json([
{
  "name": "shell",
  "description": "Runs a program, or a script by the shell, on the server's machine",
  "effect": true,
  "with": {
    "type": "object",
    "properties": {
      "command": {"type": "string", "minLength": 1, "description": "The program: a path, or a name that is looked up in PATH"},
      "script": {"type": "string", "minLength": 1, "description": "Text for /bin/sh; args are its $1, $2 …"},
      "args": {"type": "array", "items": {"type": ["string", "number", "boolean"]}},
      "env": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
      "workingDirectory": {"type": "string"},
      "user": {"type": "string", "description": "Who runs it; the server must be allowed to become that user"},
      "limits": {
        "type": "object",
        "properties": {
          "cpuTime": {"type": "string", "format": "weir-duration"},
          "memory": {"type": ["string", "integer"], "format": "weir-bytes"},
          "fileSize": {"type": ["string", "integer"], "format": "weir-bytes"},
          "openFiles": {"type": "integer", "minimum": 8},
          "processes": {"type": "integer", "minimum": 1}
        },
        "additionalProperties": false
      }
    },
    "oneOf": [{"required": ["command"]}, {"required": ["script"]}],
    "additionalProperties": false
  },
  "output": {
    "type": "object",
    "properties": {
      "exitCode": {"type": ["integer", "null"], "description": "null where a signal has ended it"},
      "signal": {"type": "integer"},
      "stdout": {"type": "string", "description": "Its end, if it is long"},
      "stderr": {"type": "string", "description": "Its end, if it is long"},
      "truncated": {"type": "boolean", "description": "Whether only the end of one of them is there"},
      "json": {"description": "What standard output holds, if that is JSON"}
    },
    "additionalProperties": false
  }
},
{
  "name": "http",
  "description": "Sends an HTTP request and waits for the response",
  "effect": true,
  "with": {
    "type": "object",
    "properties": {
      "method": {"enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], "default": "GET"},
      "url": {"type": "string", "minLength": 1},
      "headers": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
      "query": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
      "body": {"type": "string"},
      "json": {"description": "Sent as JSON, with the Content-Type of it"},
      "expect": {"type": "array", "items": {"type": "integer", "minimum": 100, "maximum": 599}, "minItems": 1,
        "description": "The statuses that are a success; without it 200 to 299"},
      "responseBytesMax": {"type": ["string", "integer"], "format": "weir-bytes", "default": "1MiB"}
    },
    "required": ["url"],
    "not": {"required": ["body", "json"]},
    "additionalProperties": false
  },
  "output": {
    "type": "object",
    "properties": {
      "status": {"type": "integer"},
      "headers": {"type": "object", "additionalProperties": {"type": "string"}},
      "body": {"type": ["string", "null"]},
      "json": {"description": "The body, if the response says that it is JSON"}
    },
    "additionalProperties": false
  }
},
{
  "name": "delay",
  "description": "Waits for a time or until one",
  "effect": false,
  "with": {
    "type": "object",
    "properties": {
      "duration": {"type": "string", "format": "weir-duration"},
      "until": {"type": ["string", "integer"], "description": "A date-time of RFC 3339, or milliseconds since 1970"}
    },
    "oneOf": [{"required": ["duration"]}, {"required": ["until"]}],
    "additionalProperties": false
  },
  "output": {"type": "object"}
},
{
  "name": "script",
  "description": "Runs a Lua script that sees input, nodes and item; what it returns is the output",
  "effect": true,
  "with": {
    "type": "object",
    "properties": {"source": {"type": "string", "minLength": 1}},
    "required": ["source"],
    "additionalProperties": false
  },
  "output": {}
},
{
  "name": "branch",
  "description": "Takes the edges of the first case whose condition holds",
  "effect": false,
  "with": {
    "type": "object",
    "properties": {
      "cases": {
        "type": "array",
        "minItems": 1,
        "items": {
          "type": "object",
          "properties": {
            "name": {"type": "string", "format": "weir-id"},
            "when": {"type": "string", "format": "weir-condition"}
          },
          "required": ["name", "when"],
          "additionalProperties": false
        }
      },
      "default": {"type": "string", "format": "weir-id", "description": "The case if no condition holds"}
    },
    "required": ["cases"],
    "additionalProperties": false
  },
  "output": {
    "type": "object",
    "properties": {"case": {"type": ["string", "null"]}},
    "additionalProperties": false
  }
},
{
  "name": "parallel",
  "description": "Runs several nodes at a time; the output has each one's under its id",
  "effect": false,
  "with": {
    "type": "object",
    "properties": {
      "nodes": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/child"}},
      "maxConcurrent": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 4},
      "failFast": {"type": "boolean", "default": true}
    },
    "required": ["nodes"],
    "additionalProperties": false
  },
  "output": {"type": "object"}
},
{
  "name": "foreach",
  "description": "Runs one node for each item of a list; the output is the list of theirs",
  "effect": false,
  "with": {
    "type": "object",
    "properties": {
      "items": {"type": "array"},
      "do": {"$ref": "#/$defs/child"},
      "maxConcurrent": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 4},
      "failFast": {"type": "boolean", "default": true}
    },
    "required": ["items", "do"],
    "additionalProperties": false
  },
  "output": {"type": "array"}
},
{
  "name": "workflow",
  "description": "Executes another workflow and waits for its output",
  "effect": false,
  "with": {
    "type": "object",
    "properties": {
      "workflowId": {"type": "string", "format": "weir-id"},
      "input": {},
      "wait": {"type": "boolean", "default": true}
    },
    "required": ["workflowId"],
    "additionalProperties": false
  },
  "output": {}
},
{
  "name": "approval",
  "description": "Waits until a person approves; a rejection fails it",
  "effect": false,
  "with": {
    "type": "object",
    "properties": {
      "title": {"type": "string", "minLength": 1},
      "message": {"type": "string"},
      "approvers": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1,
        "description": "Users, or selectors of topics whose publishers may decide"},
      "expires": {"type": "string", "format": "weir-duration"},
      "onExpire": {"enum": ["reject", "approve"], "default": "reject"}
    },
    "required": ["title"],
    "additionalProperties": false
  },
  "output": {
    "type": "object",
    "properties": {
      "decision": {"type": "string"},
      "comment": {"type": ["string", "null"]},
      "by": {"type": ["string", "null"]}
    },
    "additionalProperties": false
  }
},
{
  "name": "notify",
  "description": "Raises a notification for people",
  "effect": true,
  "with": {
    "type": "object",
    "properties": {
      "recipients": {"type": ["array", "string"], "items": {"type": "string", "minLength": 1}, "minItems": 1, "minLength": 1,
        "description": "Users"},
      "groups": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
      "topics": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1,
        "description": "Whoever follows them"},
      "everyone": {"type": "boolean", "description": "All whom anything was told before"},
      "type": {"type": "string", "minLength": 1, "default": "message"},
      "title": {"type": "string", "minLength": 1, "description": "Without one the type has it"},
      "body": {"type": "string"},
      "severity": {"enum": ["info", "success", "warning", "critical", "error"], "default": "info",
        "description": "error is another word for critical"},
      "actionUrl": {"type": "string"},
      "actions": {"type": "array", "maxItems": 5, "items": {
        "type": "object",
        "properties": {"label": {"type": "string", "minLength": 1}, "url": {"type": "string", "minLength": 1}},
        "required": ["label", "url"],
        "additionalProperties": false
      }},
      "data": {"type": "object", "description": "executionId and nodeId are added"},
      "groupKey": {"type": "string", "minLength": 1},
      "dedupeKey": {"type": "string", "minLength": 1},
      "deliverAt": {"type": ["string", "integer"], "description": "A date-time of RFC 3339, or milliseconds since 1970"},
      "expiresAt": {"type": ["string", "integer"], "description": "A date-time of RFC 3339, or milliseconds since 1970"},
      "expiresIn": {"type": "integer", "minimum": 1, "description": "Seconds"},
      "channels": {"type": "array", "items": {"enum": ["webhook", "ntfy", "email", "push"]}},
      "transient": {"type": "boolean", "default": false, "description": "Only shown, and not kept"}
    },
    "anyOf": [{"required": ["recipients"]}, {"required": ["groups"]}, {"required": ["topics"]}, {"required": ["everyone"]}],
    "allOf": [{"anyOf": [{"required": ["title"]}, {"required": ["type"]}]}],
    "additionalProperties": false
  },
  "output": {
    "type": "object",
    "properties": {
      "notifications": {"type": "array", "items": {
        "type": "object",
        "properties": {
          "id": {"type": ["string", "null"]},
          "userId": {"type": "string"},
          "duplicate": {"type": "boolean"}
        }
      }},
      "broadcast": {"type": ["string", "null"], "description": "Of groups, topics and everyone, who are told in the background"},
      "cursor": {"type": "string"}
    },
    "additionalProperties": false
  }
},
{
  "name": "task",
  "description": "Makes a card of the task feed, or moves one on",
  "effect": true,
  "with": {
    "type": "object",
    "properties": {
      "action": {"enum": ["create", "progress", "complete", "fail"]},
      "id": {"type": "string", "minLength": 1, "maxLength": 128, "description": "The card; create without one makes a new id"},
      "owner": {"type": "string", "minLength": 1, "description": "Whose card it is, for create"},
      "productName": {"type": "string", "minLength": 1},
      "progress": {"type": "number", "minimum": 0, "maximum": 100},
      "currentStage": {"type": "string"},
      "errorMessage": {"type": "string"},
      "productId": {"type": "string"},
      "product": {"type": "object", "description": "What is known of the product, or new of it"},
      "characteristics": {"description": "Of the product; not for create"},
      "result": {"description": "Not for create"},
      "data": {"type": "object", "description": "Kept with the card, for create"}
    },
    "required": ["action"],
    "allOf": [
      {"if": {"properties": {"action": {"const": "create"}}}, "then": {"required": ["owner", "productName"]}},
      {"if": {"properties": {"action": {"enum": ["progress", "complete", "fail"]}}}, "then": {"required": ["id"]}}
    ],
    "additionalProperties": false
  },
  "output": {
    "type": "object",
    "properties": {
      "id": {"type": "string"},
      "ownerId": {"type": "string"},
      "status": {"type": "string"},
      "progress": {"type": "number"},
      "cursor": {"type": "string"}
    },
    "additionalProperties": false
  }
},
{
  "name": "publish",
  "description": "Publishes an event on a topic of this server",
  "effect": true,
  "with": {
    "type": "object",
    "properties": {
      "topic": {"type": "string", "minLength": 1},
      "event": {"type": "string"},
      "data": {},
      "key": {"type": "string"},
      "private": {"type": "boolean", "default": false}
    },
    "required": ["topic"],
    "additionalProperties": false
  },
  "output": {
    "type": "object",
    "properties": {"cursor": {"type": "string"}},
    "additionalProperties": false
  }
}
])json";

}  // namespace weir::apps::workflow
