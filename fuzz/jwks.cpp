// Key sets, and files of API keys: whatever comes, a key that is taken can be used.

#include "access/jwks.hpp"

#include "access/api_keys.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = weir::fuzz::as_text(data, size);
  if (const auto keys = weir::access::parse_jwks(text, true)) {
    WEIR_CHECK(keys->size() <= 100, "a set is bounded");
    for (const auto& key : *keys) {
      WEIR_CHECK(!key.verify("text", std::string(64, 'x')), "a made-up signature is not good");
    }
  }
  (void)weir::access::ApiKeys::parse(text);
  return 0;
}
