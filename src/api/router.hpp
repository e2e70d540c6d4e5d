#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/access/gate.hpp"
#include "api/call.hpp"
#include "net/handler.hpp"

namespace weir::api {

/// Takes a request's body in pieces. Owned by the router from the request's head to the body's end,
/// to the reader's own end, or to the client's disappearance.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// False when the request has been answered and the rest of the body means nothing: no more calls
  /// follow.
  virtual bool on_body(std::string_view bytes) = 0;
  virtual void on_body_end() = 0;
};

/// What one method of one path does.
struct Action {
  /// Answers, at once or later. For a streamed body: returns null having answered, or a reader.
  /// Exactly one of the two.
  std::function<void(CallPtr)> handle;
  std::function<std::unique_ptr<BodyReader>(CallPtr)> handle_stream;
  /// Whether this request's body is to be streamed; null: never.
  std::function<bool(const net::RequestHead&)> streams;
  /// How much of a body is read; null: kSmallBody.
  std::function<std::size_t(const net::RequestHead&, const base::Settings&)> body_bytes_max;
  /// Who may ask at all, which is decided before the body is read. What exactly they may do is the
  /// action's to check.
  Audience audience = Audience::kAdmin;
};

/// From a path and a method to an action: the one place that says which addresses exist. A shard
/// has its own, with its own actions; the shard's thread only.
class Router final : public net::Handler {
 public:
  static constexpr std::size_t kSmallBody = 64 * 1024;

  using SettingsSource = std::function<std::shared_ptr<const base::Settings>()>;
  /// `gate` outlives the router.
  Router(SettingsSource settings, Gate& gate) : settings_(std::move(settings)), gate_(gate) {}

  /// Finds out who is asking in the gate's place, where that takes time: `done` is called once, on
  /// the shard's thread, at once or later.
  using Admitted = std::function<void(base::Result<access::AccessPtr>)>;
  using Ask =
      std::function<void(const net::RequestHead&, const base::Settings&, Audience, Admitted done)>;
  /// Asks `ask` from now on, for all but what is for everybody. A body is then read before it is
  /// known whose it is, up to its limit. Before the first request.
  void ask_with(Ask ask) { ask_ = std::move(ask); }

  /// `path` is matched as a whole, or, if it ends in '/' and is not "/", as a prefix. A GET serves
  /// HEAD too.
  void add(std::string method, std::string path, Action action);

  net::BodyPlan plan(const net::RequestHead& head) override;
  void on_request(std::shared_ptr<net::Exchange> exchange) override;
  void on_body(const std::shared_ptr<net::Exchange>& exchange, std::string_view bytes) override;
  void on_body_end(const std::shared_ptr<net::Exchange>& exchange) override;
  void complete_refusal(const net::RequestHead& head, net::Response& response) override;

 private:
  struct Resource {
    std::string path;
    std::vector<std::pair<std::string, Action>> actions;
    std::string allow() const;
  };
  struct Found {
    const Resource* resource = nullptr;
    const Action* action = nullptr;  ///< Null: the method is not allowed.
    std::string_view rest;
  };

  bool asks(const Action& action) const { return ask_ && action.audience != Audience::kEverybody; }
  Found find(std::string_view path, std::string_view method) const;
  void run(const Found& found, const std::shared_ptr<net::Exchange>& exchange,
           std::shared_ptr<const base::Settings> settings);
  void run_as(const Found& found, const std::shared_ptr<net::Exchange>& exchange,
              std::shared_ptr<const base::Settings> settings,
              base::Result<access::AccessPtr> access);
  void answer_options(const net::RequestHead& head, const Resource* resource, Call& call) const;

  SettingsSource settings_;
  Gate& gate_;
  Ask ask_;
  std::vector<std::unique_ptr<Resource>> resources_;
  std::unordered_map<const net::Exchange*, std::unique_ptr<BodyReader>> readers_;
};

}  // namespace weir::api
