#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/settings.hpp"
#include "base/testing/manual_clock.hpp"
#include "client.hpp"
#include "dice.hpp"
#include "history.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"
#include "log/testing/fault_vfs.hpp"
#include "network.hpp"
#include "report.hpp"

namespace weir::simulation {

/// One run: the real log on a simulated disk, the real hub on a simulated network, publishers and
/// clients, in one thread and all by the seed. What is broken stands in the report.
class Simulation {
 public:
  Simulation(std::uint64_t seed, Report& report);
  ~Simulation();

  void run();

 private:
  /// Stands between log and hub: the history hears of everything first.
  class Tap final : public log::Listener {
   public:
    explicit Tap(Simulation& simulation) : simulation_(&simulation) {}
    void on_batch(log::BatchPtr batch) override;
    void on_trim(log::FloorsPtr floors) override;

   private:
    Simulation* simulation_;
  };

  struct Reader {
    Client client;
    hub::Start first_start;
    bool connected = false;
    bool over = false;  ///< Was answered that its topics have ended.
    std::size_t shard = 0;
    hub::SubscriberId id = {};
    hub::SinkId sink = 0;
  };
  /// A connection that the client has left and the server still has.
  struct Ghost {
    std::size_t shard = 0;
    hub::SubscriberId id;
    hub::SinkId sink = 0;
  };

  // The server (server.cpp).
  void choose_settings();
  base::Namespace choose_namespace();
  base::Retention choose_retention();
  bool open_log();
  void start_server();
  void recover(bool may_lose_tail);
  void stop_server(bool in_order);
  void crash();
  void restart_in_order();
  void replace_disk();
  void reconfigure();
  void break_disk();
  void mend_disk();
  void step_hub();
  void trim();
  std::vector<log::BatchPtr> read_log();

  // Publishers (publishers.cpp).
  proto::Event make_event(std::size_t publication, std::size_t index);
  std::string choose_topic();
  void publish();
  void publish_again();
  void publish_conflict();
  void ask(std::size_t publication);

  // Clients (readers.cpp).
  std::shared_ptr<const proto::Selectors> choose_selectors();
  hub::Start choose_start();
  void join();
  void connect(Reader& reader, hub::Start start);
  void return_client();
  void read(Reader& reader, std::size_t frames);
  void read_some();
  void vanish();
  void bury_ghost();
  void stall();
  void disconnect(Reader& reader);
  void lose_connections();
  void check_end(Reader& reader);

  void act();
  void commit();
  void work_in_background();
  void pass_time();
  void settle();
  bool settle_round();
  void check_settled();

  Report& report_;
  Dice dice_;
  base::ManualClock clock_;
  History history_;
  Tap tap_;
  Network network_;
  std::unique_ptr<log::testing::FaultDisk> disk_;
  base::Settings settings_;
  std::size_t shards_ = 1;
  std::uint64_t life_ = 0;  ///< Counts the server's starts; answers of an earlier one are void.
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<log::Log> log_;
  std::vector<Floors> known_;  ///< By shard: what it has been told to be gone.
  std::deque<Reader> readers_;
  std::vector<Ghost> ghosts_;
  bool draining_ = false;
  bool disk_full_ = false;
};

}  // namespace weir::simulation
