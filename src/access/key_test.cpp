#include "access/key.hpp"

#include <gtest/gtest.h>

#include "access/jwks.hpp"
#include "proto/base64url.hpp"
#include "proto/jwt.hpp"

namespace weir::access {
namespace {

// RFC 7515, A.1 to A.3, and RFC 8037, A.4.
constexpr const char* kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr const char* kHmacKey =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
constexpr const char* kRsaModulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"
    "4qPCJrcS2mJPMEzP1Pt0Bm4d4Q"
    "lL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
    "bSf63kpaSHSXndS5z5rexMdbBY"
    "UsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-"
    "DWNm"
    "oudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
constexpr const char* kRsaSignature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5juj"
    "Gbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
    "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe"
    "7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8"
    "np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr const char* kEcX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr const char* kEcY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
constexpr const char* kEcSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr const char* kEdX = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
constexpr const char* kEdSignature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

std::string bytes(std::string_view text) { return proto::from_base64url(text).value(); }

/// Takes the signature, and none that differs by a bit or a byte, nor one for another text.
void expect_verifies(const base::Result<Key>& key, const std::string& text,
                     const std::string& signature) {
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_TRUE(key->verify(text, signature));
  EXPECT_FALSE(key->verify(text + "x", signature));
  EXPECT_FALSE(key->verify(text, ""));
  EXPECT_FALSE(key->verify(text, signature.substr(1)));
  EXPECT_FALSE(key->verify(text, signature + "x"));
  for (const std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
    auto bent = signature;
    bent[at] = static_cast<char>(bent[at] ^ 1);
    EXPECT_FALSE(key->verify(text, bent)) << at;
  }
  EXPECT_FALSE(key->verify(text, std::string(signature.size(), '\0')));
}

TEST(Key, VerifiesTheExamplesOfTheStandards) {
  expect_verifies(Key::from_secret(Algorithm::kHs256, "", bytes(kHmacKey)),
                  std::string("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.") + kPayload,
                  bytes("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
  expect_verifies(
      Key::from_rsa(Algorithm::kRs256, "", bytes(kRsaModulus), std::string("\x01\x00\x01", 3)),
      std::string("eyJhbGciOiJSUzI1NiJ9.") + kPayload, bytes(kRsaSignature));
  expect_verifies(Key::from_p256("", bytes(kEcX), bytes(kEcY)),
                  std::string("eyJhbGciOiJFUzI1NiJ9.") + kPayload, bytes(kEcSignature));
  expect_verifies(Key::from_ed25519("", bytes(kEdX)),
                  "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", bytes(kEdSignature));
}

TEST(Key, AnRsaKeyOfOneAlgorithmTakesNoSignatureOfTheOther) {
  const auto pss =
      Key::from_rsa(Algorithm::kPs256, "", bytes(kRsaModulus), std::string("\x01\x00\x01", 3));
  ASSERT_TRUE(pss);
  EXPECT_FALSE(pss->verify(std::string("eyJhbGciOiJSUzI1NiJ9.") + kPayload, bytes(kRsaSignature)));
}

TEST(Key, NamesAreExactAndNoneIsNone) {
  for (const auto* name : {"HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA"}) {
    const auto algorithm = algorithm_of(name);
    ASSERT_TRUE(algorithm) << name;
    EXPECT_EQ(name_of(*algorithm), name);
  }
  for (const auto* name : {"none", "None", "NONE", "hs256", "HS256 ", "", "RS512", "ES256K"}) {
    EXPECT_FALSE(algorithm_of(name)) << name;
  }
}

TEST(Key, OfTheWrongKindOrSizeIsRefused) {
  EXPECT_FALSE(Key::from_secret(Algorithm::kHs256, "", std::string(31, 'x')));
  EXPECT_FALSE(Key::from_secret(Algorithm::kHs512, "", std::string(63, 'x')));
  EXPECT_TRUE(Key::from_secret(Algorithm::kHs384, "", std::string(48, 'x')));
  EXPECT_FALSE(Key::from_secret(Algorithm::kRs256, "", std::string(64, 'x')));
  EXPECT_FALSE(Key::from_secret(Algorithm::kHs256, "",
                                "-----BEGIN PUBLIC KEY-----\nMFkw…\n-----END PUBLIC KEY-----\n"));
  EXPECT_FALSE(Key::from_pem(Algorithm::kRs256, "", "nothing"));
  EXPECT_FALSE(Key::from_pem(Algorithm::kHs256, "", "nothing"));
  const std::string e("\x01\x00\x01", 3);
  EXPECT_FALSE(Key::from_rsa(Algorithm::kRs256, "", std::string(128, '\xff'), e)) << "1,024 bits";
  EXPECT_FALSE(Key::from_rsa(Algorithm::kRs256, "", std::string(4096, '\xff'), e)) << "too large";
  EXPECT_FALSE(Key::from_rsa(Algorithm::kRs256, "", bytes(kRsaModulus), std::string(256, '\xff')));
  EXPECT_FALSE(Key::from_p256("", bytes(kEcX), bytes(kEcX))) << "not on the curve";
  EXPECT_FALSE(Key::from_p256("", bytes(kEcX), "short"));
  EXPECT_FALSE(Key::from_ed25519("", "short"));
}

TEST(Jwks, IsReadAndWhatIsNotForVerifyingIsLeftOut) {
  const auto rsa = std::string(R"("kty":"RSA","e":"AQAB","n":")") + kRsaModulus + "\"";
  const auto ec =
      std::string(R"("kty":"EC","crv":"P-256","x":")") + kEcX + R"(","y":")" + kEcY + "\"";
  const auto json = std::string(R"({"keys":[)") +                              //
                    "{\"kid\":\"r\"," + rsa + "}," +                           //
                    "{\"kid\":\"p\",\"alg\":\"PS256\"," + rsa + "}," +         //
                    "{\"kid\":\"x\",\"alg\":\"HS256\"," + rsa + "}," +         //
                    "{\"kid\":\"c\",\"use\":\"enc\"," + rsa + "}," +           //
                    "{\"kid\":\"o\",\"key_ops\":[\"sign\"]," + rsa + "}," +    //
                    "{\"kid\":\"v\",\"key_ops\":[\"verify\"]," + rsa + "}," +  //
                    "{\"kid\":\"e\",\"use\":\"sig\"," + ec + "}," +            //
                    "{\"kid\":\"d\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + kEdX + "\"}," +
                    "{\"kid\":\"h\",\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" + kHmacKey +
                    "\"}," + "{\"kid\":\"n\",\"kty\":\"oct\",\"k\":\"" + kHmacKey + "\"}," +
                    R"({"kty":"unheard of"},{"kty":"RSA","n":"!!","e":"AQAB"}],"more":1})";
  const auto list = [&](bool secrets) {
    std::string out;
    const auto keys = parse_jwks(json, secrets);
    EXPECT_TRUE(keys);
    for (const auto& key : *keys)
      out += key.id() + "=" + std::string(name_of(key.algorithm())) + " ";
    return out;
  };
  EXPECT_EQ(list(false), "r=RS256 p=PS256 v=RS256 e=ES256 d=EdDSA ");
  EXPECT_EQ(list(true), "r=RS256 p=PS256 v=RS256 e=ES256 d=EdDSA h=HS256 ");
}

TEST(Jwks, WhatIsNoSetOrTooLargeIsRefused) {
  for (const auto* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1]})", R"({"keys":[)",
                           R"({"keys":[],"keys":[]})"}) {
    EXPECT_FALSE(parse_jwks(text, true)) << text;
  }
  std::string many = R"({"keys":[{})";
  for (int i = 0; i < 100; ++i) many += ",{}";
  EXPECT_FALSE(parse_jwks(many + "]}", true));
}

}  // namespace
}  // namespace weir::access
