// Request targets: what is decoded is text, and encoding it leads back to it.

#include "proto/url.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/utf8.hpp"

namespace {

void check_text(std::string_view text) {
  WEIR_CHECK(weir::proto::is_utf8(text), "decoded text is UTF-8");
  WEIR_CHECK(text.find('\0') == std::string_view::npos, "decoded text holds no NUL");
  const auto again = weir::proto::decode_path(weir::proto::encode_topic_path(text));
  WEIR_CHECK(again && *again == text, "encoding is undone by decoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto target = weir::proto::parse_target(weir::fuzz::as_text(data, size));
  if (!target) {
    WEIR_CHECK(!target.error().detail.empty(), "a refusal has a reason");
    return 0;
  }
  WEIR_CHECK(target->raw_path == "*" || target->raw_path.starts_with('/'), "a path is absolute");
  const auto path = weir::proto::decode_path(target->raw_path);
  WEIR_CHECK(path.has_value(), "the path was checked");
  check_text(*path);
  for (const auto& [name, value] : target->query) {
    check_text(name);
    check_text(value);
    WEIR_CHECK(target->get(name).has_value(), "a value is found by its name");
  }
  return 0;
}
