#include "base/webhook.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

Webhook hook(std::string name) {
  Webhook made;
  made.name = std::move(name);
  made.url = "https://a.example/";
  made.topics = {"**"};
  return made;
}

TEST(WebhookKeys, ReadBackWhatTheySet) {
  Webhook a;
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"name", "orders"},
                                                        {"url", "https://a.example/x"},
                                                        {"topics", "orders/**"},
                                                        {"start", "earliest"},
                                                        {"timeout", "3s"},
                                                        {"concurrency", "4"},
                                                        {"attempts_max", "0"},
                                                        {"age_max", "7d"},
                                                        {"allow_private", "true"}}) {
    const auto* key = find_webhook_key(name);
    ASSERT_NE(key, nullptr) << name;
    ASSERT_TRUE(key->set(a, {text})) << name;
    EXPECT_EQ(key->get(a), text);
  }
  EXPECT_EQ(a.dead_letter_topic(), "$dead/orders");
}

TEST(WebhookKeys, RefuseWhatIsOutOfBounds) {
  Webhook a;
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"start", "yesterday"},
                                                        {"timeout", "0"},
                                                        {"timeout", "11m"},
                                                        {"concurrency", "0"},
                                                        {"concurrency", "65"},
                                                        {"concurrency", "two"},
                                                        {"allow_private", "yes"}}) {
    EXPECT_FALSE(find_webhook_key(name)->set(a, {text})) << name << " " << text;
  }
  EXPECT_FALSE(find_webhook_key("url")->set(a, {"a", "b"}));
  EXPECT_EQ(find_webhook_key("uri"), nullptr);
}

TEST(Webhooks, NeedANameOfTheirOwnAUrlAndTopics) {
  EXPECT_TRUE(check_webhooks({hook("a"), hook("b-2_C")}));
  EXPECT_FALSE(check_webhooks({hook("")}));
  EXPECT_FALSE(check_webhooks({hook("a/b")}));
  EXPECT_FALSE(check_webhooks({hook("a"), hook("a")}));
  auto nowhere = hook("a");
  nowhere.url.clear();
  EXPECT_FALSE(check_webhooks({nowhere}));
  auto nothing = hook("a");
  nothing.topics.clear();
  EXPECT_FALSE(check_webhooks({nothing}));
  auto both = hook("a");
  both.secret = "whsec_x";
  both.secret_file = "f";
  EXPECT_FALSE(check_webhooks({both}));
  auto backwards = hook("a");
  backwards.backoff = std::chrono::hours(1);
  EXPECT_FALSE(check_webhooks({backwards}));
}

}  // namespace
}  // namespace weir::base
