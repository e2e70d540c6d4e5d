#include "server/handover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "net/listener.hpp"

namespace weir::server {
namespace {

using base::Descriptor;
using node::InheritedSockets;
using node::Listeners;
using namespace std::chrono_literals;

class Handover : public testing::Test {
 protected:
  Handover() {
    std::string pattern = std::filesystem::temp_directory_path() / "weir-handover-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    auto offer = HandoverOffer::open(directory_);
    EXPECT_TRUE(offer) << offer.error().message();
    offer_ = std::move(*offer);
  }
  ~Handover() override { std::filesystem::remove_all(directory_); }

  /// A message to the offer by who is none of ours.
  Descriptor say(std::string_view text) const {
    Descriptor peer(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = directory_ + "/handover.sock";
    path.copy(address.sun_path, path.size());
    EXPECT_EQ(::connect(peer.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    if (!text.empty()) {
      EXPECT_EQ(::send(peer.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    }
    return peer;
  }

  std::string directory_;
  HandoverOffer offer_;
  Listeners listeners_;
};

TEST_F(Handover, SocketsAndSecretsPassAndTheEndIsWaitedFor) {
  ASSERT_TRUE(listeners_.open({"127.0.0.1:0", "unix:" + directory_ + "/weir.sock"}, 3, {}, false));
  std::optional<Takeover> taken;
  std::atomic<bool> ended{false};
  std::thread successor([&] {
    auto result = take_over(directory_, 10s);
    ASSERT_TRUE(result);
    EXPECT_TRUE(ended) << "not before the old server is done";
    taken = std::move(*result);
  });
  auto peer = offer_.answer(listeners_, std::string("secret\0keys", 11));
  ASSERT_TRUE(peer);
  const std::string bound = listeners_.all()[0].bound;
  ended = true;
  peer.reset();
  successor.join();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->tickets, std::string("secret\0keys", 11));
  ASSERT_EQ(taken->sockets.size(), 2U);
  EXPECT_EQ(taken->sockets[0].text, "127.0.0.1:0");
  ASSERT_EQ(taken->sockets[0].descriptors.size(), 3U);
  EXPECT_EQ(net::listener_address(taken->sockets[0].descriptors[2].get()), bound);
  EXPECT_EQ(taken->sockets[1].descriptors.size(), 1U);

  Listeners next;
  ASSERT_TRUE(next.open({bound}, 2, std::move(taken->sockets), true));
  EXPECT_EQ(next.all()[0].bound, bound) << "found by its address, too";
  EXPECT_EQ(next.all()[0].descriptors.size(), 3U);
}

TEST_F(Handover, MoreSocketsThanAMessageHoldsPassInSeveral) {
  ASSERT_TRUE(listeners_.open({"127.0.0.1:0"}, 300, {}, false));
  std::size_t sockets = 0;
  std::thread successor([&] {
    const auto result = take_over(directory_, 10s);
    ASSERT_TRUE(result && *result);
    ASSERT_EQ((*result)->sockets.size(), 1U);
    sockets = (*result)->sockets[0].descriptors.size();
  });
  offer_.answer(listeners_, "").reset();
  successor.join();
  EXPECT_EQ(sockets, 300U);
}

TEST_F(Handover, WhoGoesAwayBeforeHeTakesChangesNothing) {
  say("");
  EXPECT_FALSE(offer_.answer(listeners_, ""));
  say("weir-handover 1");
  EXPECT_FALSE(offer_.answer(listeners_, ""));
  say("weir-handover 99");
  EXPECT_FALSE(offer_.answer(listeners_, ""));
}

TEST_F(Handover, WhereNobodyOffersThereIsNothingToTake) {
  offer_ = HandoverOffer();
  const auto left_behind = take_over(directory_, 1s);
  ASSERT_TRUE(left_behind);
  EXPECT_FALSE(*left_behind) << "a file that a killed server left";
  const auto never = take_over(directory_ + "/missing", 1s);
  ASSERT_TRUE(never);
  EXPECT_FALSE(*never);
}

TEST_F(Handover, AnOldServerThatDoesNotLetGoIsGivenUp) {
  Descriptor peer;
  std::thread old([&] { peer = offer_.answer(listeners_, ""); });
  const auto result = take_over(directory_, 50ms);
  old.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::ErrorCode::kDataDirectoryLocked);
}

TEST_F(Handover, TheOfferIsForThisUserAlone) {
  struct stat file{};
  ASSERT_EQ(::stat((directory_ + "/handover.sock").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  offer_.withdraw();
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/handover.sock"));
  EXPECT_FALSE(HandoverOffer::open(directory_ + std::string(100, 'x')));
}

TEST(Listeners, WhatIsPassedAndDoesNotListenIsRefused) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    std::vector<InheritedSockets> passed(1);
    passed[0].descriptors.emplace_back(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    Listeners listeners;
    const auto opened = listeners.open({"127.0.0.1:0"}, 1, std::move(passed), true);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::ErrorCode::kBadConfiguration);
  }
}

class Sharing : public testing::TestWithParam<std::pair<std::size_t, std::size_t>> {};

TEST_P(Sharing, EveryShardHasASocketAndEverySocketAShard) {
  const auto [sockets, shards] = GetParam();
  Listeners listeners;
  ASSERT_TRUE(listeners.open({"127.0.0.1:0"}, sockets, {}, false));
  const auto& listener = listeners.all()[0];
  EXPECT_EQ(listener.is_shared(shards), sockets < shards);
  std::set<ino_t> seen;
  for (std::size_t shard = 0; shard < shards; ++shard) {
    const auto copies = Listeners::for_shard(listener, shard, shards);
    EXPECT_FALSE(copies.empty()) << shard;
    for (const auto& copy : copies) {
      struct stat socket{};
      ASSERT_EQ(::fstat(copy.get(), &socket), 0);
      seen.insert(socket.st_ino);
    }
  }
  EXPECT_EQ(seen.size(), sockets);
}

INSTANTIATE_TEST_SUITE_P(Counts, Sharing,
                         testing::Values(std::pair{1, 1}, std::pair{1, 3}, std::pair{2, 3},
                                         std::pair{3, 3}, std::pair{5, 2}, std::pair{7, 3}));

}  // namespace
}  // namespace weir::server
