#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "api/router.hpp"
#include "apps/task_feed/api/part.hpp"
#include "apps/task_feed/feed.hpp"
#include "apps/task_feed/task_feed.hpp"

namespace weir::apps::task_feed {

/// Who makes tasks and works on them: `POST /api/task-feed`, `…/claim` and `…/{id}/claim|heartbeat|
/// complete|fail|cancel|retry`, `PATCH …/{id}/progress`. For admins, and for who may publish to
/// `task-feed/OWNER`; `cancel` and `retry` are for the owner, too. One per shard; its thread only.
class WorkerApi {
 public:
  WorkerApi(hub::Hub& hub, std::size_t shard, TaskFeed& feed)
      : hub_(hub), shard_(shard), feed_(feed) {}

  void add_routes(api::Router& router, Part part);

 private:
  using Command = std::function<base::Result<Task>(Feed&, const Task&)>;

  void create(const api::CallPtr& call);
  void post_one(const api::CallPtr& call);
  void patch_one(const api::CallPtr& call);
  void claim(const api::CallPtr& call);
  void claim_one(const api::CallPtr& call, const std::string& id, const std::string& owner);

  /// A worker on its way to a task.
  struct Claiming;
  void look_for_task(const std::shared_ptr<Claiming>& claiming);
  void hand_over(const std::shared_ptr<Claiming>& claiming, const Task& task,
                 const std::string& json);
  void wait_for_task(const std::shared_ptr<Claiming>& claiming, std::uint64_t offers);
  void wake(std::uint64_t id, ClaimWaiter::End end, const std::string& owner);

  void run(const api::CallPtr& call, const std::string& id, const std::string& owner,
           Command command);

  hub::Hub& hub_;
  std::size_t shard_;
  TaskFeed& feed_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Claiming>> waiting_;
};

}  // namespace weir::apps::task_feed
