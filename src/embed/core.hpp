#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <weir/access.hpp>
#include <weir/connection.hpp>
#include <weir/http.hpp>
#include <weir/hub.hpp>

#include "api/access/connection_watch.hpp"
#include "base/call_gate.hpp"
#include "client/interrupt.hpp"
#include "embed/follower.hpp"
#include "node/node.hpp"

namespace weir::embed {

/// What a hub in a program is: a node, what the program has added to it, and the gate through which
/// the program's threads reach it while it runs. Handles that the program keeps (subscriptions,
/// requests, questions) hold it weakly and find the gate closed once the hub has been stopped.
///
/// `open`, `run` and `stop` are the owner's; `enter` is for any thread.
class Core final : public api::ConnectionObserver, public std::enable_shared_from_this<Core> {
 public:
  struct Route {
    std::string method;
    std::string path;
    RouteHandler handler;
    RouteOptions options;
  };
  enum class State { kNew, kOpen, kFailed, kStopped };

  explicit Core(std::shared_ptr<const base::Settings> settings);
  ~Core() override;

  // --- Before `open` ---
  base::Result<> prepare();
  void add_route(Route route) { routes_.push_back(std::move(route)); }
  base::Result<> set_authorizer(Authorizer authorizer);
  void set_observer(weir::ConnectionObserver observer) { observer_ = std::move(observer); }

  // --- The owner ---
  State state() const { return state_.load(); }
  /// `driven`: by the caller's thread; otherwise threads run from here on.
  base::Result<> open(bool driven);
  bool driven() const { return driven_; }
  net::Loop& loop() { return node_->loop(); }
  void stop(std::optional<std::chrono::milliseconds> drain);
  base::Result<> reconfigure(base::Settings settings);
  std::vector<std::string> urls() const;
  const client::Interrupt& stop_request() const { return stop_request_; }

  // --- Any thread ---
  /// Runs `body(*this)` while the node cannot go away; false if it is not there.
  template <typename Body>
  bool enter(Body&& body) {
    if (state() == State::kNew) return false;
    return entry_.call([&] { body(*this); });
  }

  // --- Inside of `enter` ---
  node::Node& node() { return *node_; }
  hub::Hub& hub() { return node_->hub(); }
  void post(std::size_t shard, base::Task task) { hub().shard(shard).post(std::move(task)); }
  /// The same one for all calls of a thread, so that their answers keep their order.
  std::size_t shard_of_this_thread() const;
  std::size_t next_shard() { return turn_.fetch_add(1, std::memory_order_relaxed) % shards_; }
  Followers& followers(std::size_t shard) { return *followers_[shard]; }
  api::ShardApi& api(std::size_t shard) { return *apis_[shard]; }
  /// Publishes whose callback is still to come.
  std::atomic<std::size_t>& pending() { return pending_; }

  // api::ConnectionObserver, on shards' threads.
  void opened(const api::OpenConnection& connection) override;
  void closed(const api::OpenConnection& connection) override;

 private:
  void extend(std::size_t shard, api::ShardApi& api);
  bool busy();
  void drain(std::chrono::milliseconds window);

  std::unique_ptr<node::Node> node_;
  std::vector<Route> routes_;
  Authorizer authorizer_;
  weir::ConnectionObserver observer_;
  std::vector<std::unique_ptr<Followers>> followers_;
  std::vector<api::ShardApi*> apis_;
  std::size_t shards_ = 0;
  bool driven_ = false;
  std::atomic<State> state_{State::kNew};
  std::atomic<std::size_t> turn_{0};
  std::atomic<std::size_t> pending_{0};
  base::CallGate entry_;
  client::Interrupt stop_request_;
};

}  // namespace weir::embed
