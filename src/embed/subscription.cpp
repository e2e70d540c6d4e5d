#include <weir/subscription.hpp>

#include <optional>
#include <utility>

#include "api/subscription_query.hpp"
#include "embed/conversion.hpp"
#include "embed/core.hpp"
#include "embed/errors.hpp"
#include "embed/follower.hpp"
#include "embed/shard_link.hpp"
#include "embed/subscription_impl.hpp"
#include "proto/cursor.hpp"

namespace weir {

class Subscription::Impl {
 public:
  Impl(const std::shared_ptr<embed::Core>& core, embed::FollowerPtr follower)
      : link_(core, follower->shard), follower_(std::move(follower)) {}

  void close() {
    follower_->gate.close();
    on_shard([follower = follower_](embed::Followers& followers) { followers.close(*follower); });
  }
  void pause() { follower_->paused = true; }
  void resume() {
    follower_->paused = false;
    on_shard([follower = follower_](embed::Followers& followers) { followers.resume(*follower); });
  }

 private:
  template <typename Body>
  void on_shard(Body body) {
    link_.post([shard = link_.shard(), body = std::move(body)](embed::Core& core) {
      body(core.followers(shard));
    });
  }

  embed::ShardLink link_;
  embed::FollowerPtr follower_;
};

Subscription::Subscription() noexcept = default;
Subscription::Subscription(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Subscription::Subscription(Subscription&& other) noexcept = default;
Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Subscription::~Subscription() { close(); }

void Subscription::close() {
  if (impl_ != nullptr) impl_->close();
}
void Subscription::pause() {
  if (impl_ != nullptr) impl_->pause();
}
void Subscription::resume() {
  if (impl_ != nullptr) impl_->resume();
}

}  // namespace weir

namespace weir::embed {

Result<Subscription> subscribe(const std::shared_ptr<Core>& core, const SubscribeOptions& options,
                               SubscriptionHandlers handlers) {
  auto follower = std::make_shared<Follower>(std::move(handlers));
  std::optional<Error> refused;
  const bool entered = core->enter([&](Core& there) {
    auto& hub = there.hub();
    auto request = to_hub(options, *hub.settings());
    if (!request) {
      refused = to_public(request.error());
      return;
    }
    auto start = api::start_of(options.after, options.last);
    if (start.kind == hub::Start::Kind::kLatest) {
      // The shard gets to it later; what is published from here on is to be delivered all the same.
      start = {.kind = hub::Start::Kind::kCursor,
               .text = proto::to_string({hub.log().epoch(), hub.log().head()})};
    }
    follower->shard = there.next_shard();
    auto& followers = there.followers(follower->shard);
    followers.expect(follower);
    there.post(follower->shard, [&followers, follower, request = std::move(*request),
                                 start = std::move(start)]() mutable {
      followers.open(follower, std::move(request), std::move(start));
    });
  });
  if (!entered) return core->state() == Core::State::kNew ? not_open() : stopped();
  if (refused) return std::move(*refused);
  return Subscription(std::make_shared<Subscription::Impl>(core, std::move(follower)));
}

}  // namespace weir::embed
