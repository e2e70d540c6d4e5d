#include "api/access/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "api/access/client_address.hpp"
#include "api/access/credentials.hpp"
#include "api/access/origin.hpp"
#include "base/ip_address.hpp"
#include "proto/system_topic.hpp"

namespace weir::api {
namespace {

using access::Access;
using access::AccessPtr;
using base::ErrorCode;

base::Error slow_down(ErrorCode code, std::string detail, std::chrono::milliseconds wait) {
  auto error = base::make_error(code, std::move(detail));
  error.retry_after_seconds = static_cast<std::uint32_t>(
      std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(wait).count(), 1));
  return error;
}

/// Collects what one request takes; limits that are off take nothing.
class Charges {
 public:
  explicit Charges(std::chrono::milliseconds burst) : burst_(burst) {}

  void add(std::string_view kind, std::string_view whose, std::uint64_t rate, std::uint64_t cost) {
    if (rate == 0) return;
    all_.push_back(
        {.name = fmt::format("{}\n{}", kind, whose), .cost = cost, .rate = rate, .burst = burst_});
  }

  std::chrono::milliseconds admit(base::RateLimiter& limiter, const base::Clock& clock) const {
    if (all_.empty()) return std::chrono::milliseconds(0);
    return limiter.admit(all_, clock.steady());
  }
  bool empty() const { return all_.empty(); }
  std::span<const base::Charge> all() const { return all_; }

 private:
  std::chrono::milliseconds burst_;
  std::vector<base::Charge> all_;
};

std::string client_name(const net::RequestHead& head, const base::Settings& settings) {
  const auto address = client_address(head, settings);
  return address ? address->client_name() : std::string(kUnixClient);
}

/// One of `most` failures in a window: the bucket is empty after the last of them, and each comes
/// back in its part of the window.
base::Charge failure(std::string_view kind, std::string_view whose, std::uint64_t most,
                     std::chrono::milliseconds window) {
  using std::chrono::milliseconds;
  const auto seconds =
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(window).count(), 1);
  // A bucket that holds anything admits: so much less than `most` of them that the last one
  // finds 1.
  const auto too_much = milliseconds((seconds - 1) * 1'000 / static_cast<std::int64_t>(most));
  return {.name = fmt::format("{}\n{}", kind, whose),
          .cost = static_cast<std::uint64_t>(seconds),
          .rate = most,
          .burst = milliseconds(seconds * 1'000) - too_much};
}

/// What somebody may do beside everybody; null for who showed nothing, whatever anonymous were
/// allowed when they came.
const access::Grants* grants_of(const Access& access) {
  return access.authenticated() ? &access.grants : nullptr;
}

std::uint64_t own_or(std::uint64_t own, std::uint64_t general) { return own != 0 ? own : general; }

}  // namespace

StreamShare::~StreamShare() {
  for (const auto& [counter, name] : names_) counter->remove(name);
}

bool StreamShare::add(base::ShareCounter& counter, std::string name, std::uint64_t most) {
  if (!counter.add(name, most)) return false;
  names_.emplace_back(&counter, std::move(name));
  return true;
}

Gate::Gate(access::Authority& authority, const base::Settings& settings, const base::Clock& clock)
    : authority_(authority),
      clock_(clock),
      loopback_(std::all_of(settings.listen.begin(), settings.listen.end(),
                            [](const auto& each) { return base::is_loopback_listen(each); })),
      local_admin_(std::all_of(settings.listen.begin(), settings.listen.end(),
                               [](const auto& each) {
                                 return !base::is_admin_listen(each) ||
                                        base::is_loopback_listen(each);
                               })),
      limiter_(settings.access.limiter_entries),
      topic_limiter_(settings.access.limiter_entries) {}

base::Error Gate::refusal(const Access& access, std::string detail) {
  return base::make_error(access.authenticated() ? ErrorCode::kForbidden : ErrorCode::kUnauthorized,
                          std::move(detail));
}

base::Result<AccessPtr> Gate::admit(const net::RequestHead& head, const base::Settings& settings,
                                    Audience audience) {
  if (audience == Audience::kEverybody) return authority_.anonymous();
  auto access = identify(head, settings);
  if (access) {
    if (auto checked = check_audience(**access, head, settings, audience); !checked) {
      access = checked.error();
    }
  }
  if (!access) count(access.error());
  return access;
}

base::Result<AccessPtr> Gate::admit_as(AccessPtr access, const net::RequestHead& head,
                                       const base::Settings& settings, Audience audience) {
  auto checked = check_audience(*access, head, settings, audience);
  if (checked) return access;
  count(checked.error());
  return checked.error();
}

base::Result<AccessPtr> Gate::identify(const net::RequestHead& head,
                                       const base::Settings& settings) {
  const bool open = authority_.is_open();
  if (open && loopback_) {
    if (auto checked = check_host(head, settings); !checked) return checked.error();
  }
  const auto credentials =
      open ? base::Result<Credentials>(Credentials{}) : read_credentials(head, settings);
  if (!credentials) return credentials.error();
  switch (credentials->from) {
    case Credentials::From::kHeader:
    case Credentials::From::kQuery:
      return authenticate(head, settings, credentials->text);
    case Credentials::From::kCookie:
      if (auto checked = check_cookie_origin(head, settings); !checked) return checked.error();
      return authenticate(head, settings, credentials->text);
    case Credentials::From::kSession:
      // Cookies know no ports: one that was not signed here is another server's, and says nothing.
      if (auto session = authority_.authenticate_session(credentials->text); !session || *session) {
        if (auto checked = check_cookie_origin(head, settings); !checked) return checked.error();
        return session;
      }
      break;
    case Credentials::From::kNone:
      break;
  }
  // What one may do for being on this machine, a page may not do in one's place.
  if (needs_origin_check(head)) {
    if (auto checked = check_origin(head, settings); !checked) return checked.error();
  }
  if (credentials->refused_in_query && authority_.anonymous()->grants.subscribe.empty()) {
    return base::make_error(ErrorCode::kUnauthorized,
                            "a token in the query is not taken here (token_in_query)");
  }
  return authority_.anonymous();
}

base::Result<AccessPtr> Gate::authenticate(const net::RequestHead& head,
                                           const base::Settings& settings, std::string_view text) {
  const auto& limits = settings.access;
  const auto most = limits.failed_tokens_per_address;
  // A key is a lookup, and cannot be guessed.
  if (most == 0 || text.starts_with(access::kApiKeyPrefix)) return authority_.authenticate(text);
  if (auto known = authority_.recall(text)) return *known;
  const std::array charges{
      failure("failed tokens from", client_name(head, settings), most, limits.failure_window)};
  if (const auto wait = limiter_.wait(charges, clock_.steady()); wait.count() > 0) {
    tokens_limited_.fetch_add(1, std::memory_order_relaxed);
    return slow_down(ErrorCode::kTooManyRequests, "of tokens that are not valid", wait);
  }
  auto access = authority_.authenticate(text);
  if (!access && access.error().code == ErrorCode::kInvalidToken) {
    limiter_.take(charges, clock_.steady());
  }
  return access;
}

base::Result<LoginAttempt> Gate::begin_login(const net::RequestHead& head,
                                             const base::Settings& settings,
                                             std::string_view name) {
  const auto& limits = settings.access;
  LoginAttempt attempt;
  if (limits.failed_logins_per_address != 0) {
    attempt.push_back(failure("login from", client_name(head, settings),
                              limits.failed_logins_per_address, limits.failure_window));
  }
  if (limits.failed_logins_per_name != 0 && !name.empty()) {
    attempt.push_back(
        failure("login as", name, limits.failed_logins_per_name, limits.failure_window));
  }
  const auto wait = limiter_.admit(attempt, clock_.steady());
  if (wait.count() == 0) return attempt;
  count(LoginOutcome::kLimited);
  return slow_down(ErrorCode::kTooManyRequests, "of logins that have failed", wait);
}

base::Result<> Gate::check_audience(const Access& access, const net::RequestHead& head,
                                    const base::Settings& settings, Audience audience) const {
  const auto& grants = access.grants;
  const auto anonymous = authority_.anonymous();
  switch (audience) {
    case Audience::kEverybody:
      return {};
    case Audience::kKnown:
      if (grants.fields == nullptr) return {};
      return refusal(access, "a token with a mask of fields is for topics only");
    case Audience::kPublisher:
      if (!grants.publish.empty() || !anonymous->grants.publish.empty()) return {};
      return refusal(access, "publishing is not granted");
    case Audience::kReader:
      if (!grants.subscribe.empty() || grants.admin || !anonymous->grants.subscribe.empty()) {
        return {};
      }
      // The server's own topics are an admin's to follow.
      if (is_admin(access, head, settings)) return {};
      return refusal(access, "following topics is not granted");
    case Audience::kMember:
      if (auto whole = check_audience(access, head, settings, Audience::kKnown); !whole) {
        return whole;
      }
      if (check_audience(access, head, settings, Audience::kPublisher)) return {};
      return check_audience(access, head, settings, Audience::kReader);
    case Audience::kAdmin:
      break;
  }
  return check_admin(access, head, settings);
}

base::Result<> Gate::check_admin(const Access& access, const net::RequestHead& head,
                                 const base::Settings& settings) const {
  // A listener for admins that only this machine reaches is a permission by itself, for programs.
  if (!access.authenticated() && head.role == net::ListenerRole::kAdmin && local_admin_) {
    return check_host(head, settings);
  }
  const bool public_side = head.role == net::ListenerRole::kPublic || !loopback_;
  if (access.kind == Access::Kind::kOpen && public_side) {
    return base::make_error(ErrorCode::kUnauthorized,
                            "an open server has no admin side here: configure api_keys, or a "
                            "listener with role=admin");
  }
  if (access.grants.admin) return {};
  return refusal(access, "this is for admins");
}

void Gate::count(const base::Error& error) {
  switch (error.code) {
    case ErrorCode::kUnauthorized:
    case ErrorCode::kInvalidToken:
      unauthorized_.fetch_add(1, std::memory_order_relaxed);
      break;
    case ErrorCode::kForbidden:
      forbidden_.fetch_add(1, std::memory_order_relaxed);
      break;
    case ErrorCode::kForeignOrigin:
      foreign_.fetch_add(1, std::memory_order_relaxed);
      break;
    default:
      break;
  }
}

base::Result<> Gate::check_page(const net::RequestHead& head, const base::Settings& settings) {
  auto checked = check_origin(head, settings);
  if (!checked) count(checked.error());
  return checked;
}

base::Result<> Gate::may_publish(const Access& access, const net::RequestHead& head,
                                 const base::Settings& settings,
                                 std::span<const proto::Event> events) {
  // A body may take longer than the token lasts.
  if (auto valid = authority_.still_valid(access); !valid) return valid;
  for (const auto& event : events) {
    for (const auto& topic : event.topics) {
      auto granted = may_publish_to(access, topic);
      if (granted) continue;
      count(granted.error());
      return granted;
    }
  }
  return admit_publishes(access, head, settings, events);
}

base::Result<> Gate::may_publish_to_all(const Access& access, const net::RequestHead& head,
                                        const base::Settings& settings,
                                        const proto::Pattern& pattern) {
  if (auto valid = authority_.still_valid(access); !valid) return valid;
  if (auto granted = grants_publish_to_all(access, pattern); !granted) {
    count(granted.error());
    return granted;
  }
  const proto::Event one;
  return admit_publishes(access, head, settings, {&one, 1});
}

base::Result<> Gate::admit_publishes(const Access& access, const net::RequestHead& head,
                                     const base::Settings& settings,
                                     std::span<const proto::Event> events) {
  if (pressure() >= Pressure::kNoPublishes) {
    count_shed();
    return base::make_error(ErrorCode::kMemoryPressure);
  }
  const auto& limits = settings.access;
  Charges charges(limits.rate_burst);
  const auto count = events.size();
  charges.add("publish", "", limits.publish_rate, count);
  if (limits.publish_rate_per_address != 0) {
    charges.add("publish from", client_name(head, settings), limits.publish_rate_per_address,
                count);
  }
  if (!access.identity.empty()) {
    charges.add("publish by", access.identity,
                own_or(access.grants.limits.publish_rate, limits.publish_rate_per_subject), count);
  }
  Charges by_topic(limits.rate_burst);
  if (limits.publish_rate_per_topic != 0) {
    std::map<std::string_view, std::uint64_t> topics;
    for (const auto& event : events) {
      for (const auto& topic : event.topics) ++topics[topic];
    }
    for (const auto& [topic, n] : topics) {
      by_topic.add("publish to", topic, limits.publish_rate_per_topic, n);
    }
  }
  if (charges.empty() && by_topic.empty()) return {};
  const auto now = clock_.steady();
  const auto wait =
      std::max(limiter_.wait(charges.all(), now), topic_limiter_.wait(by_topic.all(), now));
  if (wait.count() == 0) {
    limiter_.take(charges.all(), now);
    topic_limiter_.take(by_topic.all(), now);
    return {};
  }
  publish_limited_.fetch_add(1, std::memory_order_relaxed);
  return slow_down(ErrorCode::kTooManyRequests, "of publishes", wait);
}

base::Result<> Gate::may_publish_to(const Access& access, std::string_view topic) const {
  if (proto::is_system_topic(topic)) {
    // Whoever reads one must be able to believe it.
    return base::make_error(ErrorCode::kForbidden,
                            fmt::format("\"{}\" is the server's own to publish to", topic));
  }
  const auto* own = grants_of(access);
  if (own != nullptr && own->may_publish(topic)) return {};
  if (authority_.anonymous()->grants.may_publish(topic)) return {};
  return refusal(access, fmt::format("publishing to \"{}\" is not granted", topic));
}

base::Result<> Gate::grants_publish_to_all(const Access& access,
                                           const proto::Pattern& pattern) const {
  const auto* own = grants_of(access);
  if (own != nullptr && own->publish.covers(pattern)) return {};
  if (authority_.anonymous()->grants.publish.covers(pattern)) return {};
  return refusal(access, fmt::format("publishing to \"{}\" is not granted", pattern.text()));
}

base::Result<> Gate::may_subscribe(const Access& access, const proto::Selectors& selectors,
                                   bool admin) const {
  if (!admin && selectors.name_system_topics()) {
    return refusal(access, "the server's own topics are for admins");
  }
  const auto* own = grants_of(access);
  const auto anonymous = authority_.anonymous();
  const auto& everybody = anonymous->grants.subscribe;
  for (const auto& topic : selectors.topics) {
    if (proto::is_system_topic(topic) || everybody.matches(topic) ||
        (own != nullptr && own->subscribe.matches(topic))) {
      continue;
    }
    return refusal(access, fmt::format("following \"{}\" is not granted", topic));
  }
  for (const auto& pattern : selectors.patterns) {
    if (pattern.names_system_topics() || everybody.covers(pattern) ||
        (own != nullptr && own->subscribe.covers(pattern))) {
      continue;
    }
    return refusal(access, fmt::format("\"{}\" reaches beyond what is granted", pattern.text()));
  }
  return {};
}

base::Result<StreamShare> Gate::open_stream(const Access& access, const net::RequestHead& head,
                                            const base::Settings& settings) {
  const auto& limits = settings.access;
  Charges own(limits.rate_burst);
  if (limits.subscribe_rate_per_address != 0) {
    own.add("subscribe from", client_name(head, settings), limits.subscribe_rate_per_address, 1);
  }
  if (!access.identity.empty()) {
    own.add("subscribe by", access.identity, limits.subscribe_rate_per_subject, 1);
  }
  const auto limited = [this](base::Error error) {
    subscribe_limited_.fetch_add(1, std::memory_order_relaxed);
    return error;
  };
  if (const auto wait = own.admit(limiter_, clock_); wait.count() > 0) {
    return limited(slow_down(ErrorCode::kTooManyRequests, "of new streams", wait));
  }
  Charges all(limits.rate_burst);
  all.add("subscribe", "", limits.subscribe_rate, 1);
  if (const auto wait = all.admit(limiter_, clock_); wait.count() > 0) {
    return limited(slow_down(ErrorCode::kTooManySubscribers, "too many come at once", wait));
  }
  auto share = share_of_address("address", head, settings, limits.streams_per_address);
  if (!share) return limited(share.error());
  const auto subject_most = own_or(access.grants.limits.connections, limits.streams_per_subject);
  if (!access.identity.empty() && subject_most != 0 &&
      !share->add(streams_, access.identity, subject_most)) {
    return limited(base::make_error(ErrorCode::kTooManyStreams,
                                    fmt::format("the limit of this subject is {}", subject_most)));
  }
  return share;
}

base::Result<StreamShare> Gate::share_of_address(std::string_view kind,
                                                 const net::RequestHead& head,
                                                 const base::Settings& settings,
                                                 std::uint64_t most) {
  StreamShare share;
  if (most == 0) return share;
  if (share.add(streams_, fmt::format("{}\n{}", kind, client_name(head, settings)), most)) {
    return share;
  }
  return base::make_error(ErrorCode::kTooManyStreams,
                          fmt::format("the limit of an address is {}", most));
}

Gate::Counts Gate::counts() const {
  Counts counts;
  counts.unauthorized = unauthorized_.load(std::memory_order_relaxed);
  counts.forbidden = forbidden_.load(std::memory_order_relaxed);
  counts.foreign = foreign_.load(std::memory_order_relaxed);
  counts.publish_limited = publish_limited_.load(std::memory_order_relaxed);
  counts.subscribe_limited = subscribe_limited_.load(std::memory_order_relaxed);
  counts.shed = shed_.load(std::memory_order_relaxed);
  counts.limiter_entries = limiter_.size() + topic_limiter_.size();
  counts.tokens_limited = tokens_limited_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < logins_.size(); ++i) {
    counts.logins[i] = logins_[i].load(std::memory_order_relaxed);
  }
  return counts;
}

}  // namespace weir::api
