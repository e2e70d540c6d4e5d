// Keys and secrets of webhooks: a key that is read can be written and is then the same; what is
// read of a Retry-After is never negative, nor longer than a day.

#include "apps/webhooks/signer.hpp"
#include "base/check.hpp"
#include "client/retry_after.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = weir::fuzz::as_text(data, size);
  if (const auto key = weir::apps::SigningKey::parse(text)) {
    const auto again = weir::apps::SigningKey::parse(key->secret_text());
    WEIR_CHECK(again && again->public_text() == key->public_text(), "a key survives its text");
    WEIR_CHECK(key->sign("x").size() == 64, "a key signs");
  }
  if (const auto secret = weir::apps::SharedSecret::parse(text)) {
    WEIR_CHECK(secret->sign("x").size() == 32, "a secret signs");
  }
  const weir::client::ResponseHead head{.status = 503,
                                        .headers = {{"Retry-After", std::string(text)}}};
  if (const auto wait = weir::client::retry_after(head, 784'111'777'000)) {
    WEIR_CHECK(wait->count() >= 0 && wait->count() <= 86'400'000, "a wait is up to a day");
  }
  return 0;
}
