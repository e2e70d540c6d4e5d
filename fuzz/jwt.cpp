// Tokens: what is taken has three parts of one spelling, and its claims are within bounds.

#include "proto/jwt.hpp"

#include <cmath>

#include "access/grants.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/base64url.hpp"

namespace {

constexpr std::size_t kBytesMax = 8192;

void check_claims(std::string_view payload) {
  const auto claims = weir::proto::parse_claims(payload);
  if (!claims) {
    WEIR_CHECK(!claims.error().detail.empty(), "a refusal has a reason");
    return;
  }
  for (const auto& time : {claims->expires, claims->not_before, claims->issued_at}) {
    WEIR_CHECK(!time || std::isfinite(*time), "a time is a number");
  }
  if (!claims->weir.empty()) {
    const auto grants = weir::access::read_grants(claims->weir);
    if (grants) (void)grants->may_publish("orders/17");
  }
  if (!claims->mercure.empty()) (void)weir::access::read_mercure_grants(claims->mercure);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = weir::fuzz::as_text(data, size);
  check_claims(text);  // As if it had been signed.
  const auto jws = weir::proto::parse_jws(text, kBytesMax);
  if (!jws) {
    WEIR_CHECK(!jws.error().detail.empty(), "a refusal has a reason");
    return 0;
  }
  WEIR_CHECK(size <= kBytesMax, "a token is no longer than it may be");
  WEIR_CHECK(!jws->algorithm.empty(), "an algorithm is named");
  const auto again =
      std::string(jws->signing_input) + "." + weir::proto::to_base64url(jws->signature);
  WEIR_CHECK(again == text, "a token has one spelling");
  check_claims(jws->payload);
  return 0;
}
