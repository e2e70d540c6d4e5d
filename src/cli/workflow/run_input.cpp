#include "cli/workflow/run_input.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/small_file.hpp"

namespace weir::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kFileBytesMax = 16 << 20;

base::Error usage(std::string detail) {
  return base::make_error(base::ErrorCode::kUsage, std::move(detail));
}

}  // namespace

base::Result<json::value> run_input(const std::string& input,
                                    const std::vector<std::string>& settings) {
  json::value made;
  boost::system::error_code failed;
  if (!input.empty()) {
    std::string text = input;
    if (input.front() == '@') {
      auto read = base::read_small_file(input.substr(1), kFileBytesMax);
      if (!read) return read.error();
      text = std::move(*read);
    }
    made = json::parse(text, failed);
    if (failed) return usage(fmt::format("--input: this is no JSON: {}", failed.message()));
  }
  for (const auto& setting : settings) {
    const auto sign = setting.find('=');
    if (sign == std::string::npos || sign == 0) {
      return usage(fmt::format("--set takes name=value, and not \"{}\"", setting));
    }
    if (made.is_null()) made.emplace_object();
    if (!made.is_object()) return usage("--set needs an --input that is an object");
    const auto text = setting.substr(sign + 1);
    auto value = json::parse(text, failed);
    made.get_object()[setting.substr(0, sign)] = failed ? json::value(json::string(text)) : value;
  }
  return made;
}

}  // namespace weir::cli
