#include "apps/workflow/model/schema_pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/string_map.hpp"

namespace weir::apps::workflow {
namespace {

constexpr std::size_t kBytesMax = 1024;            // Of a pattern.
constexpr std::int64_t kMemoryBytesMax = 1 << 20;  // Of what it is compiled to.

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryBytesMax);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string pattern_problem(std::string_view pattern) {
  if (pattern.size() > kBytesMax) return fmt::format("a pattern has at most {} bytes", kBytesMax);
  const re2::RE2 compiled(piece(pattern), options());
  return compiled.ok() ? std::string() : "this is no pattern: " + compiled.error();
}

struct SchemaPatterns::Compiled {
  base::StringMap<std::unique_ptr<re2::RE2>> by_text;
};

SchemaPatterns::SchemaPatterns() : compiled_(std::make_unique<Compiled>()) {}
SchemaPatterns::~SchemaPatterns() = default;

bool SchemaPatterns::matches(std::string_view pattern, std::string_view text) {
  if (pattern.size() > kBytesMax) return false;
  auto& compiled = compiled_->by_text[std::string(pattern)];
  if (!compiled) compiled = std::make_unique<re2::RE2>(piece(pattern), options());
  return compiled->ok() && re2::RE2::PartialMatch(piece(text), *compiled);
}

}  // namespace weir::apps::workflow
