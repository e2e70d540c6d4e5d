#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/authority.hpp"
#include "base/clock.hpp"
#include "base/rate_limiter.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "net/http_message.hpp"
#include "proto/event.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// Whom an address is for.
enum class Audience {
  kEverybody,  ///< No question is asked: health, the page, what errors mean.
  kPublisher,  ///< Who may publish something.
  kReader,     ///< Who may follow something, or is admin.
  // The applications', which tell more than the data of topics: nobody whose fields are masked.
  kMember,  ///< Who may publish or follow something, or is admin.
  kKnown,   ///< Whoever asks: it is found out who that is, and the action decides.
  kAdmin,   ///< Who runs the server.
};

/// How much is shed.
enum class Pressure { kNone, kNoStreams, kNoPublishes, kDisconnect };

class ConnectionObserver;

/// A stream's part of what its address and subject may have; given back with the object. Any
/// thread.
class StreamShare {
 public:
  StreamShare() = default;
  StreamShare(StreamShare&&) noexcept = default;
  StreamShare& operator=(StreamShare&&) = delete;
  ~StreamShare();

  /// Counts one more of `name`; false, and nothing is counted, if that would be more than `most`.
  bool add(base::ShareCounter& counter, std::string name, std::uint64_t most);
  bool empty() const { return names_.empty(); }

 private:
  std::vector<std::pair<base::ShareCounter*, std::string>> names_;
};

/// What became of an attempt to log in.
enum class LoginOutcome { kOpened, kFailed, kLimited, kRefused, kEnded };

/// What an attempt to log in has taken from its limits.
using LoginAttempt = std::vector<base::Charge>;

/// The one place that says yes or no: who is asking (`admit`), what they may publish and follow,
/// and how much. One for the whole server, shared by its shards. Any thread; never blocks.
class Gate {
 public:
  /// `authority` and `clock` outlive the gate. Of the settings only what cannot be reloaded is read
  /// here.
  Gate(access::Authority& authority, const base::Settings& settings, const base::Clock& clock);

  access::Authority& authority() { return authority_; }
  const access::Authority& authority() const { return authority_; }

  /// From a request's head alone, before its body is read: kUnauthorized, kInvalidToken,
  /// kForbidden, kForeignOrigin, kKeysUnavailable, kBadRequest.
  base::Result<access::AccessPtr> admit(const net::RequestHead& head,
                                        const base::Settings& settings, Audience audience);

  /// The same where somebody else has found out who it is.
  base::Result<access::AccessPtr> admit_as(access::AccessPtr access, const net::RequestHead& head,
                                           const base::Settings& settings, Audience audience);

  /// Who it is, whatever they may do. As `admit`, but for kForbidden.
  base::Result<access::AccessPtr> identify(const net::RequestHead& head,
                                           const base::Settings& settings);

  /// check_origin for a request that no rule of the browser's keeps to its own origin, whatever it
  /// shows; counted.
  base::Result<> check_page(const net::RequestHead& head, const base::Settings& settings);

  /// Whether who is asking runs the server, as Audience::kAdmin has it.
  bool is_admin(const access::Access& access, const net::RequestHead& head,
                const base::Settings& settings) const {
    return check_admin(access, head, settings).has_value();
  }

  /// Whether every topic of every event is granted, and none is the server's own, and the rates
  /// leave room; takes that from them. kUnauthorized, kForbidden, kInvalidToken if the access has
  /// ended since, kTooManyRequests, kMemoryPressure.
  base::Result<> may_publish(const access::Access& access, const net::RequestHead& head,
                             const base::Settings& settings, std::span<const proto::Event> events);

  /// As may_publish, of one event for every topic that the pattern matches.
  base::Result<> may_publish_to_all(const access::Access& access, const net::RequestHead& head,
                                    const base::Settings& settings, const proto::Pattern& pattern);

  /// Room for these events alone, whatever is granted: takes them from the rates of publishers.
  /// kTooManyRequests, kMemoryPressure.
  base::Result<> admit_publishes(const access::Access& access, const net::RequestHead& head,
                                 const base::Settings& settings,
                                 std::span<const proto::Event> events);

  /// Whether the topic is granted, to this one or to anonymous, and not the server's own.
  /// kUnauthorized, kForbidden.
  base::Result<> may_publish_to(const access::Access& access, std::string_view topic) const;
  /// The same of every topic that the pattern matches.
  base::Result<> grants_publish_to_all(const access::Access& access,
                                       const proto::Pattern& pattern) const;

  /// Whether every selector lies within what is granted, to this one or to anonymous; the server's
  /// own topics are for admins, whatever is granted. kUnauthorized, kForbidden.
  base::Result<> may_subscribe(const access::Access& access, const proto::Selectors& selectors,
                               bool admin) const;

  /// Room for one more stream. kTooManyRequests, kTooManyStreams; beyond the server's own rate
  /// kTooManySubscribers.
  base::Result<StreamShare> open_stream(const access::Access& access, const net::RequestHead& head,
                                        const base::Settings& settings);

  /// Room for one more of what an address may have `most` of; 0: without limit. kTooManyStreams,
  /// counted by who asks.
  base::Result<StreamShare> share_of_address(std::string_view kind, const net::RequestHead& head,
                                             const base::Settings& settings, std::uint64_t most);

  /// Whether somebody may do what is for admins by where they come from or what is granted.
  bool may_administer(const access::Access& access, const net::RequestHead& head,
                      const base::Settings& settings) const {
    return check_audience(access, head, settings, Audience::kAdmin).has_value();
  }

  /// Takes one failure from what the address and, unless it is empty, the name may have, before it
  /// is known whether it is one. kTooManyRequests.
  base::Result<LoginAttempt> begin_login(const net::RequestHead& head,
                                         const base::Settings& settings, std::string_view name);
  /// It was none: gives that back.
  void forgive(const LoginAttempt& attempt) { limiter_.refund(attempt, clock_.steady()); }
  void count(LoginOutcome outcome) {
    logins_[static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
  }

  /// kForbidden or kUnauthorized, by who was asking.
  static base::Error refusal(const access::Access& access, std::string detail);

  /// Who is told of streams; null: nobody. Set before the shards run; outlives the streams.
  void set_observer(ConnectionObserver* observer) { observer_ = observer; }
  ConnectionObserver* observer() const { return observer_; }

  Pressure pressure() const { return pressure_.load(std::memory_order_relaxed); }
  void set_pressure(Pressure pressure) { pressure_.store(pressure, std::memory_order_relaxed); }

  struct Counts {
    std::uint64_t unauthorized = 0;
    std::uint64_t forbidden = 0;
    std::uint64_t foreign = 0;
    std::uint64_t publish_limited = 0;
    std::uint64_t subscribe_limited = 0;
    std::uint64_t shed = 0;
    std::uint64_t limiter_entries = 0;
    std::uint64_t tokens_limited = 0;
    std::array<std::uint64_t, 5> logins{};  ///< By LoginOutcome.
  };
  Counts counts() const;
  void count_shed() { shed_.fetch_add(1, std::memory_order_relaxed); }

 private:
  base::Result<> check_audience(const access::Access& access, const net::RequestHead& head,
                                const base::Settings& settings, Audience audience) const;
  /// Of a token or key: one that was not seen before costs time, and is not looked at where too
  /// many from that address were found bad.
  base::Result<access::AccessPtr> authenticate(const net::RequestHead& head,
                                               const base::Settings& settings,
                                               std::string_view text);
  base::Result<> check_admin(const access::Access& access, const net::RequestHead& head,
                             const base::Settings& settings) const;
  void count(const base::Error& error);

  access::Authority& authority_;
  const base::Clock& clock_;
  bool loopback_;     ///< Every listener is reached from this machine alone.
  bool local_admin_;  ///< Every listener with `role=admin` is.
  ConnectionObserver* observer_ = nullptr;
  base::RateLimiter limiter_;
  /// Apart, because one request may name any number of topics: it must not make the other one
  /// forget who is making it.
  base::RateLimiter topic_limiter_;
  base::ShareCounter streams_;
  std::atomic<Pressure> pressure_{Pressure::kNone};
  std::atomic<std::uint64_t> unauthorized_{0};
  std::atomic<std::uint64_t> forbidden_{0};
  std::atomic<std::uint64_t> foreign_{0};
  std::atomic<std::uint64_t> publish_limited_{0};
  std::atomic<std::uint64_t> subscribe_limited_{0};
  std::atomic<std::uint64_t> shed_{0};
  std::atomic<std::uint64_t> tokens_limited_{0};
  std::array<std::atomic<std::uint64_t>, 5> logins_{};
};

}  // namespace weir::api
