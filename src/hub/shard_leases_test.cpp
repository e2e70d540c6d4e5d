#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <utility>

#include "hub/testing/hub_fixture.hpp"

namespace weir::hub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Holder final : LeaseHolder {
  Holder(std::string whose, int* gone_, const void* part_of_)
      : name(std::move(whose)), gone(gone_), part_of(part_of_) {}
  ~Holder() override {
    if (gone != nullptr) ++*gone;
  }
  const void* connection() const override { return part_of; }

  std::string name;
  int* gone;
  const void* part_of;
};

bool is_of(const LeaseHolder& holder, std::string_view name) {
  return static_cast<const Holder&>(holder).name == name;
}

class LeaseTest : public HubFixture {
 protected:
  void SetUp() override {
    base::Settings settings;
    settings.access.auth_expiring = 2s;
    settings.connection_lifetime = 0ms;
    open(settings);
  }

  Subscription lease(const std::string& name, std::optional<std::chrono::milliseconds> lasting,
                     int* gone = nullptr, const void* connection = nullptr) {
    auto lease = std::make_unique<Lease>();
    lease->client_id = "id of " + name;
    lease->holder = std::make_unique<Holder>(name, gone, connection);
    if (lasting) lease->expires = clock_.unix_millis() + lasting->count();
    SubscribeRequest request;
    request.selectors =
        std::make_shared<const proto::Selectors>(*proto::make_selectors({"a"}, {}, 1));
    request.transport = &transport_;
    const auto id = shard().reserve(std::move(request), std::move(lease));
    const auto sink = next_sink_++;
    shard().start(id, sink, false, {});
    settle();
    return {id, transport_[sink]};
  }

  Renewed renew(const std::string& client_id, const Renewal& renewal) {
    std::optional<Renewed> answer;
    hub_->renew(0, client_id, renewal, [&](const Renewed& renewed) { answer = renewed; });
    settle();
    return answer.value_or(base::make_error(base::ErrorCode::kInternal, "no answer"));
  }

  Renewal until(std::chrono::milliseconds later) {
    return {.check = [at = clock_.unix_millis() + later.count()](
                         const LeaseHolder&,
                         const proto::Selectors&) { return Renewed(std::optional(at)); },
            .apply = [](LeaseHolder&) {}};
  }

  /// Refuses the first that it is asked about.
  Renewal all_but_one(std::chrono::milliseconds later) {
    auto renewal = until(later);
    renewal.check = [grant = renewal.check, asked = 0](const LeaseHolder& holder,
                                                       const proto::Selectors& selectors) mutable {
      if (++asked == 1) return Renewed(base::make_error(base::ErrorCode::kForbidden));
      return grant(holder, selectors);
    };
    return renewal;
  }
};

TEST_F(LeaseTest, AStreamIsWarnedAndThenEndsWithItsLease) {
  int gone = 0;
  auto stream = lease("bob", 5s, &gone);
  pass(2900ms);
  EXPECT_THAT(stream.sink.controls, IsEmpty());
  pass(200ms);
  EXPECT_THAT(
      stream.sink.controls,
      ElementsAre(AllOf(StartsWith("auth-expiring "), HasSubstr("\"client_id\":\"id of bob\""),
                        HasSubstr("\"expires\":\"2026-01-01T00:00:05.000Z\""))));
  publish("a", "before");
  pass(1800ms);
  EXPECT_FALSE(stream.sink.ended);
  pass(200ms);
  EXPECT_TRUE(stream.sink.ended);
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(stream.sink.controls.size(), 1U) << "told once";
  publish("a", "after");
  EXPECT_THAT(stream.sink.data, ElementsAre("before"));
  EXPECT_EQ(shard().metrics().leases_ended.get(), 1U);
}

TEST_F(LeaseTest, ItsEndIsAnnouncedOnceThoughTheTicksAreAheadOfTheCalendar) {
  clock_.advance(Shard::kTick / 2);
  auto stream = lease("bob", 5s);
  clock_.advance(Shard::kTick / 2);
  shard().tick();
  pass(4900ms);
  EXPECT_FALSE(stream.sink.ended);
  pass(200ms);
  EXPECT_TRUE(stream.sink.ended);
  EXPECT_EQ(stream.sink.controls.size(), 1U);
}

TEST_F(LeaseTest, AReaderThatTakesNothingIsBrokenOffAtTheEndAllTheSame) {
  auto stream = lease("bob", 3s);
  stream.sink.room = 0;
  publish("a", "stuck");
  pass(3100ms);
  EXPECT_TRUE(stream.sink.aborted);
  EXPECT_FALSE(stream.sink.ended);
}

TEST_F(LeaseTest, ALeaseWithoutAnEndLastsAndOneForYearsIsNoProblem) {
  auto forever = lease("key", std::nullopt);
  auto years = lease("bob", std::chrono::hours(24 * 365 * 200));
  pass(60s);
  EXPECT_FALSE(forever.sink.ended || years.sink.ended);
  EXPECT_THAT(years.sink.controls, IsEmpty());
}

TEST_F(LeaseTest, ARenewedLeaseLastsLongerAndIsAnnouncedAnew) {
  auto stream = lease("bob", 3s);
  pass(1500ms);
  ASSERT_EQ(stream.sink.controls.size(), 1U);
  const auto renewed = renew("id of bob", until(10s));
  ASSERT_TRUE(renewed) << renewed.error().message();
  pass(7s);
  EXPECT_FALSE(stream.sink.ended);
  EXPECT_EQ(stream.sink.controls.size(), 1U);
  pass(1200ms);
  EXPECT_EQ(stream.sink.controls.size(), 2U);
  pass(2s);
  EXPECT_TRUE(stream.sink.ended);
}

TEST_F(LeaseTest, ARenewalThatIsRefusedChangesNothing) {
  auto stream = lease("bob", 3s);
  const auto refused =
      renew("id of bob", {.check =
                              [](const LeaseHolder&, const proto::Selectors& selectors) {
                                EXPECT_TRUE(selectors.matches("a"));
                                return Renewed(base::make_error(base::ErrorCode::kForbidden));
                              },
                          .apply = [](LeaseHolder&) { FAIL() << "it was refused"; }});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kForbidden);
  EXPECT_EQ(renew("id of eve", until(10s)).error().code, base::ErrorCode::kNotFound);
  pass(3100ms);
  EXPECT_TRUE(stream.sink.ended);
  EXPECT_EQ(renew("id of bob", until(10s)).error().code, base::ErrorCode::kNotFound)
      << "what has ended is not found";
}

TEST_F(LeaseTest, StreamsOfOneClientIdAreRenewedTogetherWhereTheyMayBe) {
  auto first = lease("bob", 3s);
  auto second = lease("bob", 3s);
  const auto renewed = renew("id of bob", all_but_one(10s));
  EXPECT_TRUE(renewed);
  pass(3100ms);
  EXPECT_NE(first.sink.ended, second.sink.ended);
}

TEST_F(LeaseTest, TheStreamsOfAConnectionAreRenewedTogetherOrNotAtAll) {
  auto first = lease("bob", 3s, nullptr, this);
  auto second = lease("bob", 3s, nullptr, this);
  const auto refused = renew("id of bob", all_but_one(10s));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kForbidden);
  pass(3100ms);
  EXPECT_TRUE(first.sink.ended && second.sink.ended);
}

TEST_F(LeaseTest, APartOfAConnectionThatIsHeldUpAloneIsTheTransportsToEnd) {
  auto stream = lease("bob", 3s, nullptr, this);
  stream.sink.room = 0;
  publish("a", "stuck");
  pass(3100ms);
  EXPECT_TRUE(stream.sink.ended);
  EXPECT_FALSE(stream.sink.aborted);
}

TEST_F(LeaseTest, WhatIsRevokedEndsAndNothingElse) {
  auto bob = lease("bob", 60s);
  auto eve = lease("eve", 60s);
  auto nobody = subscribe({"a"});
  hub_->end_leases([](const LeaseHolder& holder) { return is_of(holder, "bob"); });
  settle();
  EXPECT_TRUE(bob.sink.ended);
  EXPECT_FALSE(eve.sink.ended || nobody.sink.ended);
  EXPECT_EQ(shard().metrics().leases_revoked.get(), 1U);
  publish("a", "x");
  EXPECT_THAT(eve.sink.data, ElementsAre("x"));
  EXPECT_THAT(bob.sink.data, IsEmpty());
}

TEST_F(LeaseTest, SlowReadersAreShedAndOthersAreNot) {
  auto slow = lease("bob", 60s);
  auto quick = subscribe({"a"});
  slow.sink.room = 0;
  publish("a", "x");
  hub_->shed_slow();
  settle();
  EXPECT_TRUE(slow.sink.aborted);
  EXPECT_FALSE(quick.sink.aborted || quick.sink.ended);
}

}  // namespace
}  // namespace weir::hub
