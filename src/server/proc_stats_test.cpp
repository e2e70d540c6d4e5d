#include "server/proc_stats.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace weir::server {
namespace {

constexpr std::string_view kStat =
    "cpu  1000 20 300 8000 100 5 15 60 400 3\n"
    "cpu0 500 10 150 4000 50 5 10 30 200 0\n"
    "cpu1 500 10 150 4000 50 0 5 30 200 3\n"
    "intr 12345 0 0\n"
    "ctxt 99\n"
    "cpus_that_are_not 1\n";

TEST(ProcStat, IdleAndDiskWaitAreNotBusyAndGuestsAreNotCountedTwice) {
  const auto times = parse_stat(kStat);
  ASSERT_TRUE(times);
  EXPECT_EQ(times->busy, 1000U + 20 + 300 + 5 + 15 + 60);
  EXPECT_EQ(times->total, times->busy + 8000 + 100);
  EXPECT_EQ(times->cores, 2U);
}

TEST(ProcStat, ATextThatIsNotOneIsRefused) {
  for (const auto text : {"", "\n", "intr 1 2 3\n", "cpu  1 2 3\n", "cpu  1 2 x 4 5 6 7 8\n",
                          "cpu  1 2 -3 4 5 6 7 8\n"}) {
    EXPECT_FALSE(parse_stat(text)) << text;
  }
}

TEST(ProcStat, BusyIsTheShareOfTheTimeBetweenTwoReadings) {
  EXPECT_DOUBLE_EQ(busy_percent({100, 1000, 2}, {150, 1200, 2}), 25);
  EXPECT_DOUBLE_EQ(busy_percent({100, 1000, 2}, {100, 1200, 2}), 0);
  EXPECT_DOUBLE_EQ(busy_percent({100, 1000, 2}, {300, 1200, 2}), 100);
}

TEST(ProcStat, NoTimeOrTimeThatWentBackIsNotBusy) {
  EXPECT_DOUBLE_EQ(busy_percent({100, 1000, 2}, {100, 1000, 2}), 0);
  EXPECT_DOUBLE_EQ(busy_percent({100, 1000, 2}, {50, 900, 2}), 0);
  EXPECT_DOUBLE_EQ(busy_percent({100, 1000, 2}, {90, 1100, 2}), 0);
  EXPECT_DOUBLE_EQ(busy_percent({100, 1000, 2}, {200, 1010, 2}), 100);
}

TEST(ProcMeminfo, UsedIsWhatIsNotAvailable) {
  const auto memory = parse_meminfo(
      "MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    6000000 kB\n"
      "Buffers:               0 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total_bytes, 8'000'000ULL * 1024);
  EXPECT_EQ(memory->used_bytes, 2'000'000ULL * 1024);
}

TEST(ProcMeminfo, WithoutBothFiguresThereIsNothing) {
  for (const auto text :
       {"", "MemTotal: 8 kB\n", "MemAvailable: 8 kB\n", "MemTotal: 8 kB\nMemAvailable: 9 kB\n",
        "MemTotal: many kB\nMemAvailable: 9 kB\n"}) {
    EXPECT_FALSE(parse_meminfo(text)) << text;
  }
}

TEST(ProcLoadavg, HasThreeAverages) {
  const auto load = parse_loadavg("0.52 1.05 12.10 3/457 12345\n");
  ASSERT_TRUE(load);
  EXPECT_DOUBLE_EQ(load->one_minute, 0.52);
  EXPECT_DOUBLE_EQ(load->five_minutes, 1.05);
  EXPECT_DOUBLE_EQ(load->fifteen_minutes, 12.10);
  EXPECT_FALSE(parse_loadavg("0.52 1.05"));
  EXPECT_FALSE(parse_loadavg("high 1.05 2.00 1/2 3"));
}

constexpr std::string_view kNetDevHead =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n";

TEST(ProcNetDev, InterfacesAreAddedUpButForTheLoopback) {
  const auto traffic = parse_net_dev(std::string(kNetDevHead) +
                                     "    lo: 500 5 0 0 0 0 0 0 500 5 0 0 0 0 0 0\n"
                                     "  eth0: 1000 10 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n"
                                     "wlan0:3000 30 0 0 0 0 0 0 400 4 0 0 0 0 0 0\n");
  ASSERT_TRUE(traffic);
  EXPECT_EQ(traffic->received_bytes, 4000U);
  EXPECT_EQ(traffic->sent_bytes, 600U);
}

TEST(ProcNetDev, ALineThatIsCutIsRefused) {
  EXPECT_FALSE(parse_net_dev(std::string(kNetDevHead) + "  eth0: 1000 10 0 0\n"));
  EXPECT_FALSE(parse_net_dev(std::string(kNetDevHead) + "  eth0 1000\n"));
}

TEST(RatePerSecond, IsNothingAfterACounterWentBack) {
  EXPECT_DOUBLE_EQ(rate_per_second(1000, 3000, 2), 1000);
  EXPECT_DOUBLE_EQ(rate_per_second(3000, 1000, 2), 0);
  EXPECT_DOUBLE_EQ(rate_per_second(1000, 3000, 0), 0);
}

}  // namespace
}  // namespace weir::server
