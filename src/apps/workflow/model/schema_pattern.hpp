#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace weir::apps::workflow {

/// What is wrong with a schema's pattern; "" if nothing is. Patterns are RE2's, whose time is
/// linear in the text whatever the pattern is: the common part of ECMA 262 without back references
/// and look-around.
std::string pattern_problem(std::string_view pattern);

/// Patterns, each compiled when it is first asked for. One thread.
class SchemaPatterns {
 public:
  SchemaPatterns();
  ~SchemaPatterns();
  SchemaPatterns(const SchemaPatterns&) = delete;
  SchemaPatterns& operator=(const SchemaPatterns&) = delete;

  /// Whether the pattern matches anywhere in the text; one that is none matches nothing.
  bool matches(std::string_view pattern, std::string_view text);

 private:
  struct Compiled;

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace weir::apps::workflow
