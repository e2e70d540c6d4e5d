#include "proto/problem.hpp"

#include <fmt/format.h>

#include <iterator>

#include "proto/json.hpp"

namespace weir::proto {

std::string problem_json(const base::Error& error) {
  const base::ErrorInfo& row = base::info(error.code);
  // Codes of the command line have no status; should one reach a client all the same, it is our
  // fault.
  const int status = row.http_status == 0 ? 500 : row.http_status;

  std::string out = R"({"type":)";
  append_json_string(out, fmt::format("/problems/{}", row.name));
  out.append(R"(,"title":)");
  append_json_string(out, row.title);
  fmt::format_to(std::back_inserter(out), R"(,"status":{})", status);
  if (!error.detail.empty()) {
    out.append(R"(,"detail":)");
    append_json_string(out, error.detail);
  }
  out.append(R"(,"code":)");
  append_json_string(out, row.name);
  fmt::format_to(std::back_inserter(out), R"(,"retryable":{}}})", row.retryable);
  return out;
}

}  // namespace weir::proto
