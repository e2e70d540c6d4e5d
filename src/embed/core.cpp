#include "embed/core.hpp"

#include <csignal>
#include <thread>
#include <utility>

#include "access/authority.hpp"
#include "embed/program_access.hpp"
#include "embed/routes.hpp"

namespace weir::embed {
namespace {

using namespace std::chrono_literals;

constexpr auto kDrainPoll = 20ms;

/// OpenSSL writes without MSG_NOSIGNAL; a handler of the program's own stays.
void ignore_broken_pipes() {
  struct sigaction current{};
  if (::sigaction(SIGPIPE, nullptr, &current) != 0) return;
  const bool by_default = (current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_DFL;
  if (by_default) std::signal(SIGPIPE, SIG_IGN);
}

weir::Connection to_public(const api::OpenConnection& connection) {
  weir::Connection out{.client_id = connection.client_id,
                       .transport = std::string(connection.transport),
                       .user = connection.user,
                       .address = connection.address,
                       .topics = connection.topics->topics,
                       .match = {}};
  for (const auto& pattern : connection.topics->patterns) out.match.push_back(pattern.text());
  return out;
}

}  // namespace

Core::Core(std::shared_ptr<const base::Settings> settings)
    : node_(std::make_unique<node::Node>(std::move(settings))) {}

Core::~Core() { WEIR_CHECK(state() != State::kOpen, "a hub is stopped before it goes"); }

base::Result<> Core::prepare() { return node_->prepare(); }

base::Result<> Core::set_authorizer(Authorizer authorizer) {
  auto settings = node_->settings();
  if (auto decided = decided_by_program(settings); !decided) return decided;
  auto node =
      std::make_unique<node::Node>(std::make_shared<const base::Settings>(std::move(settings)));
  if (auto prepared = node->prepare(); !prepared) return prepared;
  node_ = std::move(node);
  authorizer_ = std::move(authorizer);
  return {};
}

base::Result<> Core::open(bool driven) {
  driven_ = driven;
  const auto failed = [this](base::Result<> result) {
    if (!result) {
      state_ = State::kFailed;
      entry_.close();
      node_.reset();
    }
    return result;
  };
  if (driven && node_->shards() != 1) {
    if (node_->settings().shards != 0) {
      return failed(base::make_error(base::ErrorCode::kBadConfiguration,
                                     "shards: a program that drives the loop has one"));
    }
    auto settings = std::make_shared<base::Settings>(node_->settings());
    settings->shards = 1;
    node_ = std::make_unique<node::Node>(std::move(settings));
    if (auto prepared = node_->prepare(); !prepared) return failed(prepared);
  }
  ignore_broken_pipes();
  node::configure_logging(node_->settings());
  if (observer_.on_open || observer_.on_close) node_->gate().set_observer(this);
  shards_ = node_->shards();
  if (driven) node_->loop().descriptor();  // Before anybody posts.
  auto opened =
      node_->open({}, [this](std::size_t shard, api::ShardApi& api) { extend(shard, api); });
  if (!opened) return failed(opened);
  // Before the first request, which may want to be answered at once.
  state_ = State::kOpen;
  if (driven) {
    node_->start_driven();
  } else {
    node_->start();
  }
  node_->announce();
  return {};
}

void Core::extend(std::size_t shard, api::ShardApi& api) {
  followers_.push_back(std::make_unique<Followers>(node_->hub().shard(shard)));
  apis_.push_back(&api);
  for (const auto& route : routes_) embed::add_route(weak_from_this(), shard, route, api.router());
  if (authorizer_) ask_program(*this, shard, authorizer_, api.router());
}

std::size_t Core::shard_of_this_thread() const {
  return std::hash<std::thread::id>()(std::this_thread::get_id()) % shards_;
}

bool Core::busy() { return pending_.load() > 0 || node_->busy() > 0; }

void Core::drain(std::chrono::milliseconds window) {
  node_->begin_drain(window, false);
  for (std::size_t shard = 0; shard < shards_; ++shard) {
    post(shard, [&paused = *followers_[shard]] { paused.end_paused(); });
  }
  const auto deadline = std::chrono::steady_clock::now() + window;
  if (driven_) node_->loop().poll();
  while (busy() && std::chrono::steady_clock::now() < deadline) {
    if (driven_) {
      node_->loop().poll();
      if (!busy()) break;
    }
    std::this_thread::sleep_for(kDrainPoll);
  }
}

void Core::stop(std::optional<std::chrono::milliseconds> window) {
  if (state() == State::kOpen) {
    drain(window.value_or(node_->settings().drain_timeout));
    state_ = State::kStopped;
    entry_.close();
    // Callbacks come from here, too: of publishes that nobody answered, of streams that are cut
    // off.
    const base::CallGate::Mark mark;
    node_->stop();
    for (const auto& followers : followers_) followers->end_rest();
    node_.reset();
    followers_.clear();
    apis_.clear();
    return;
  }
  if (state() == State::kStopped) return;
  state_ = State::kStopped;
  entry_.close();
  node_.reset();
}

base::Result<> Core::reconfigure(base::Settings settings) {
  if (authorizer_) {
    if (auto decided = decided_by_program(settings); !decided) return decided;
  }
  settings.shards = node_->settings().shards;
  return node_->reconfigure(settings);
}

std::vector<std::string> Core::urls() const {
  std::vector<std::string> urls;
  if (state() != State::kOpen) return urls;
  for (const auto& listener : node_->listeners().all()) urls.push_back(listener.url());
  return urls;
}

void Core::opened(const api::OpenConnection& connection) {
  if (!observer_.on_open) return;
  const base::CallGate::Mark mark;
  observer_.on_open(to_public(connection));
}

void Core::closed(const api::OpenConnection& connection) {
  if (!observer_.on_close) return;
  const base::CallGate::Mark mark;
  observer_.on_close(to_public(connection));
}

}  // namespace weir::embed
