#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

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
  void look_again(const std::shared_ptr<Claiming>& claiming, bool again);

  /// Calls `then` with whose task it is, or with "" for anybody's, if who is asking may work on it;
  /// with `own` also if it is theirs.
  void with_owner(const api::CallPtr& call, const std::string& id, bool own,
                  std::function<void(const std::string& owner)> then);
  void run(const api::CallPtr& call, const std::string& id, const std::string& owner,
           Command command);

  hub::Hub& hub_;
  std::size_t shard_;
  TaskFeed& feed_;
};

}  // namespace weir::apps::task_feed
