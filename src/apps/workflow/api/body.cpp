#include "apps/workflow/api/body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
constexpr std::size_t kDepthMax = 64;

}  // namespace

base::Result<json::object> read_body(std::string_view text,
                                     std::initializer_list<std::string_view> members) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return json::object();
  json::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  auto value = json::parse(text, error, {}, options);
  if (error) return base::make_error(base::ErrorCode::kBadJson, error.message());
  if (!value.is_object()) {
    return base::make_error(base::ErrorCode::kBadJson, "the body is an object");
  }
  for (const auto& [name, ignored] : value.get_object()) {
    const std::string_view key(name);
    if (std::find(members.begin(), members.end(), key) != members.end()) continue;
    // A misspelt member is not silently lost.
    return base::make_error(base::ErrorCode::kBadRequest,
                            fmt::format("\"{}\" is no member of this body", key));
  }
  return std::move(value.get_object());
}

base::Result<Mask> mask_of(const api::Call& call) {
  const auto fields = call.target().get("fields");
  if (!fields) return Mask();
  auto mask = proto::FieldMask::parse(*fields);
  if (!mask) return mask.error();
  return std::make_shared<const proto::FieldMask>(std::move(*mask));
}

base::Result<std::string> masked(const Mask& mask, base::Result<std::string> text) {
  if (!text || mask == nullptr) return text;
  std::string out;
  mask->project(*text, out);
  return out;
}

}  // namespace weir::apps::workflow
