#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "apps/workflow/model/parse.hpp"

namespace weir::apps::workflow::testing {

/// A definition of a text that has no problem.
inline std::shared_ptr<const Definition> define(std::string_view text,
                                                Format format = Format::kYaml) {
  auto parsed = parse_definition(text, format);
  for (const auto& each : parsed.problems) ADD_FAILURE() << problem_text(each);
  return parsed.definition ? std::make_shared<const Definition>(std::move(*parsed.definition))
                           : std::make_shared<const Definition>();
}

}  // namespace weir::apps::workflow::testing
