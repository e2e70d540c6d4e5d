#include "hub/client_id.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace weir::hub {
namespace {

TEST(ClientId, IsAUuidOfVersion4ThatReadsAsItself) {
  base::Random random(1);
  for (int i = 0; i < 1'000; ++i) {
    const ClientId id(random.next());
    const auto text = id.text();
    ASSERT_EQ(text.size(), 36U);
    EXPECT_EQ(text[14], '4') << text;
    EXPECT_NE(std::string_view("89ab").find(text[19]), std::string_view::npos) << text;
    EXPECT_EQ(ClientId::parse(text), id);
  }
}

TEST(ClientId, NothingElseIsOne) {
  const auto text = ClientId(0x0123456789abcdef).text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto other = text;
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_FALSE(ClientId::parse(other)) << other;
    EXPECT_FALSE(ClientId::parse(text.substr(0, i)));
  }
  EXPECT_FALSE(ClientId::parse(text + "0"));
  EXPECT_FALSE(ClientId::parse(""));
  EXPECT_FALSE(ClientId::parse("somebody"));
  EXPECT_FALSE(ClientId::parse("ABCDEF01" + text.substr(8)));
}

TEST(ClientId, NoneIsNotAnybodys) { EXPECT_NE(ClientId(), ClientId(0)); }

}  // namespace
}  // namespace weir::hub
