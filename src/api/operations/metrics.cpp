// The figures of the whole server. Each is declared once, in one table, and shown as Prometheus
// text and as JSON.

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "api/operations/operations.hpp"
#include "api/operations/sums.hpp"
#include "base/figure.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"

namespace weir::api {
namespace {

using base::Figure;

/// Microseconds in Prometheus' base unit, seconds.
std::string text_of(const Figure& figure) {
  return figure.micros ? fmt::format("{}", static_cast<double>(figure.value) / 1e6)
                       : fmt::format("{}", figure.value);
}

void add_hub(hub::Hub& hub, std::vector<Figure>& out) {
  using M = hub::ShardMetrics;
  const auto shards = hub_metrics(hub);
  const auto add = [&](std::string_view name, bool counter, std::string_view help,
                       base::Counter M::* member) {
    out.push_back({name, counter, help, sum(shards, member)});
  };
  add("weir_subscribers", false,
      "Event streams and WebSocket subscriptions that are open, and polls that wait.",
      &M::subscribers);
  add("weir_subscribers_behind", false, "Of these, not at the head of the log.",
      &M::subscribers_behind);
  add("weir_subscriptions_total", true,
      "Event streams and WebSocket subscriptions opened, and polls.", &M::subscriptions);
  out.push_back({"weir_subscribers_refused_total", true,
                 "Event streams and polls refused or deferred because of subscribers_max.",
                 hub.refused()});
  add("weir_deliveries_total", true, "Events handed to subscribers' sockets.", &M::deliveries);
  add("weir_fell_behind_total", true, "Times a live subscriber's socket was full.",
      &M::fell_behind);
  add("weir_gaps_total", true, "Gap events sent.", &M::gaps);
  add("weir_slow_skipped_total", true, "Times a slow subscriber skipped to the head.",
      &M::skipped_slow);
  add("weir_slow_disconnected_total", true, "Slow subscribers disconnected by policy.",
      &M::disconnected_slow);
  add("weir_conflated_total", true,
      "Events left out for slow subscribers because a newer one had their key.", &M::conflated);
  add("weir_filters", false,
      "Different filters, lists of fields and private grants, summed over shards.", &M::filters);
  add("weir_filters_refused_total", true, "Event streams refused because of filters_max.",
      &M::filters_refused);
  add("weir_filtered_out_total", true,
      "Events left out by filters and private grants, once for all who share one.",
      &M::filtered_out);
  add("weir_paced_waits_total", true, "Times a subscriber had to wait for its max_rate.",
      &M::paced_waits);
  add("weir_log_reads_total", true, "Reads of the log by subscribers behind the ring.",
      &M::log_reads);
  add("weir_lifetimes_ended_total", true, "Streams ended because their lifetime was over.",
      &M::lifetimes_ended);
  add("weir_operator_disconnects_total", true,
      "Streams and subscriptions that an operator ended (DELETE /v1/connections).",
      &M::disconnected_by_operator);
  add("weir_system_subscribers", false, "Subscribers of the server's own topics ($weir).",
      &M::system_subscribers);
  add("weir_presence_members", false, "Subscribers that are on a topic with presence.",
      &M::presence_members);
  add("weir_presence_events_total", true, "presence events sent out.", &M::presence_events);
  add("weir_presence_untold_total", true,
      "Comings and goings without an event of their own: undone at once, or too many.",
      &M::presence_untold);
  add("weir_tokens_ended_total", true, "Streams ended with their token.", &M::leases_ended);
  add("weir_tokens_revoked_total", true, "Streams ended because their token was revoked.",
      &M::leases_revoked);
  add("weir_ring_bytes", false,
      "Recent batches held in memory, per shard and shared between shards.", &M::ring_bytes);
}

void add_http(const ServerStatus& status, std::vector<Figure>& out) {
  using M = net::HttpMetrics;
  const auto add = [&](std::string_view name, bool counter, std::string_view help,
                       base::Counter M::* member) {
    out.push_back({name, counter, help, sum(status.http, member)});
  };
  out.push_back({"weir_connections", false, "Connections that are open, event streams included.",
                 status.connections.load(std::memory_order_relaxed)});
  add("weir_connections_accepted_total", true, "Connections accepted.", &M::connections_accepted);
  add("weir_connections_refused_total", true,
      "Connections over connections_max, or that the kernel had no room to watch.",
      &M::connections_refused);
  add("weir_accept_pauses_total", true, "Times accepting paused for want of descriptors or memory.",
      &M::accept_pauses);
  add("weir_http_requests_total", true, "Requests.", &M::requests);
  add("weir_http_malformed_total", true, "Requests that were not valid HTTP.",
      &M::requests_malformed);
  add("weir_http_header_timeouts_total", true, "Heads that took longer than header_timeout.",
      &M::timeouts_header);
  add("weir_http_body_timeouts_total", true, "Bodies that took longer than body_timeout.",
      &M::timeouts_body);
  add("weir_http_head_too_large_total", true, "Requests refused with 431 for their headers.",
      &M::heads_too_large);
  add("weir_http_target_too_long_total", true, "Requests refused with 414 for their target.",
      &M::targets_too_long);
  add("weir_http_body_too_large_total", true,
      "Requests refused with 413 for their body, or an event in it.", &M::bodies_too_large);
  add("weir_http_received_bytes_total", true, "Bytes of requests.", &M::bytes_received);
  add("weir_http_sent_bytes_total", true, "Bytes of answers, event streams not included.",
      &M::bytes_sent);
  add("weir_http_idle_timeouts_total", true, "Connections closed after idle_timeout.",
      &M::timeouts_idle);
  add("weir_tls_handshakes_total", true, "TLS handshakes that succeeded.", &M::tls_handshakes);
  add("weir_tls_resumed_total", true, "Of these, resumed from a session ticket.", &M::tls_resumed);
  add("weir_tls_kernel_total", true, "Of these, with the kernel encrypting.", &M::tls_kernel);
  out.push_back({"weir_tls_certificate_expires_seconds", false,
                 "When the certificate is not valid any more, since 1970; 0 without TLS.",
                 status.certificate_expires.load(std::memory_order_relaxed)});
  out.push_back({"weir_tls_reload_failures_total", true,
                 "Reloads that kept the old certificate because the new one was bad.",
                 status.tls_reload_failures.load(std::memory_order_relaxed)});
  add("weir_proxy_headers_total", true, "Headers of the PROXY protocol read.", &M::proxy_headers);
  add("weir_proxy_headers_bad_total", true,
      "Connections closed because no header of the PROXY protocol came.", &M::proxy_headers_bad);
  add("weir_proxy_headers_untrusted_total", true,
      "Connections closed because they came from others than trusted_proxies.",
      &M::proxy_headers_untrusted);
  add("weir_http2_connections_total", true, "Connections that spoke HTTP/2.",
      &M::http2_connections);
  add("weir_http2_streams_total", true, "Streams of HTTP/2: requests.", &M::http2_streams);
  add("weir_http2_streams_refused_total", true,
      "Streams refused with REFUSED_STREAM: over http2_streams_max, or too much held for their "
      "connection.",
      &M::http2_streams_refused);
  add("weir_http2_bodies_waited_total", true,
      "Times that an HTTP/2 connection's bodies waited because its answers were not read.",
      &M::http2_bodies_waited);
  add("weir_http2_calmed_total", true,
      "HTTP/2 connections ended with ENHANCE_YOUR_CALM: floods of frames or resets, header bombs.",
      &M::http2_calmed);
  add("weir_http2_errors_total", true,
      "HTTP/2 connections ended for another error of the client's.", &M::http2_errors);
  add("weir_http2_ping_timeouts_total", true,
      "HTTP/2 connections closed because the client did not answer a PING.",
      &M::http2_ping_timeouts);
}

void add_polls(const ServerStatus& status, std::vector<Figure>& out) {
  using M = PollMetrics;
  const auto add = [&](std::string_view name, bool counter, std::string_view help,
                       base::Counter M::* member) {
    out.push_back({name, counter, help, sum(status.polls, member)});
  };
  out.push_back({"weir_event_streams", false, "Server-Sent Events streams that are open.",
                 sum(status.event_streams, &hub::Transport::subscribers)});
  add("weir_polls_total", true, "Polls and long polls answered.", &M::polls);
  add("weir_polls_waiting", false, "Long polls that wait; subscribers, too.", &M::waiting);
  add("weir_poll_events_total", true, "Events in the answers to polls.", &M::events);
  add("weir_polls_not_modified_total", true, "Polls answered with 304.", &M::not_modified);
  add("weir_poll_timeouts_total", true, "Long polls whose wait passed with nothing.", &M::timeouts);
}

void add_web_sockets(const ServerStatus& status, std::vector<Figure>& out) {
  using M = WebSocketMetrics;
  const auto add = [&](std::string_view name, bool counter, std::string_view help,
                       base::Counter M::* member) {
    out.push_back({name, counter, help, sum(status.web_sockets, member)});
  };
  add("weir_websockets", false, "WebSockets that are open.", &M::open);
  add("weir_websockets_opened_total", true, "WebSockets opened.", &M::opened);
  add("weir_websocket_messages_total", true, "Messages of clients.", &M::messages);
  add("weir_websocket_violations_total", true,
      "WebSockets closed with 1002, 1003 or 1007 for what the client sent.", &M::violations);
  add("weir_websocket_too_big_total", true, "WebSockets closed with 1009.", &M::too_big);
  add("weir_websocket_no_pong_total", true, "WebSockets closed for a ping that was not answered.",
      &M::no_pong);
  add("weir_websocket_slow_messages_total", true,
      "WebSockets closed with 4003 for a message that did not end in time.", &M::slow);
}

void add_log(const log::LogStats& stats, std::vector<Figure>& out) {
  const auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    out.push_back({name, false, help, value});
  };
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    out.push_back({name, true, help, value});
  };
  gauge("weir_log_events", "Events retained.", stats.events);
  gauge("weir_log_bytes", "Bytes of events retained, as stored.", stats.bytes);
  gauge("weir_log_topics", "Topics with events.", stats.topics);
  gauge("weir_topic_floors", "Topics with events gone that are newer than the log's oldest.",
        stats.topic_floors);
  gauge("weir_closed_topics", "Topics that have ended.", stats.closed_topics);
  gauge("weir_log_wal_bytes", "Size of the write-ahead log.", stats.wal_bytes);
  gauge("weir_log_queue_bytes", "Publishes waiting for the next commit.", stats.queue_bytes);
  counter("weir_log_damaged_total", "Times that a commit was found damaged when it was read.",
          stats.damaged);
  gauge("weir_log_failed", "1 after a write or fsync failed.", stats.failed ? 1 : 0);
  gauge("weir_log_full", "1 while the disk is full.", stats.full ? 1 : 0);
  out.push_back({"weir_commit_last_seconds", false, "Duration of the last commit.",
                 stats.commit_micros_last, true});
  counter("weir_commits_total", "Commits.", stats.commits);
  counter("weir_events_total", "Events committed.", stats.committed_events);
  counter("weir_event_bytes_total", "Bytes of events committed, as stored.", stats.committed_bytes);
  out.push_back(
      {"weir_commit_seconds_total", true, "Time spent in commits.", stats.commit_micros, true});
  counter("weir_publishes_refused_total", "Publishes refused because the queue was full.",
          stats.refused);
}

void add_access(const Gate& gate, std::vector<Figure>& out) {
  const auto add = [&](std::string_view name, bool counter, std::string_view help,
                       std::uint64_t value) { out.push_back({name, counter, help, value}); };
  const auto tokens = gate.authority().counts();
  const auto counts = gate.counts();
  add("weir_tokens_verified_total", true, "Tokens whose signature was verified.", tokens.verified);
  add("weir_tokens_cached_total", true, "Tokens that had been verified before.", tokens.cached);
  add("weir_tokens_refused_total", true, "Tokens and API keys that were not valid.",
      tokens.refused);
  add("weir_tokens_limited_total", true,
      "Tokens refused unread because too many from their address were not valid.",
      counts.tokens_limited);
  const auto logins = [&](LoginOutcome outcome) {
    return counts.logins[static_cast<std::size_t>(outcome)];
  };
  add("weir_sessions_opened_total", true, "Sessions opened by a login.",
      logins(LoginOutcome::kOpened));
  add("weir_sessions_ended_total", true, "Sessions ended by a logout.",
      logins(LoginOutcome::kEnded));
  add("weir_logins_failed_total", true, "Logins that were not valid.",
      logins(LoginOutcome::kFailed));
  add("weir_logins_limited_total", true, "Logins refused because too many had failed.",
      logins(LoginOutcome::kLimited));
  add("weir_logins_refused_total", true, "Logins refused because of logins_waiting_max.",
      logins(LoginOutcome::kRefused));
  add("weir_jwks_fetches_total", true, "Fetches of key sets.", tokens.jwks_fetches);
  add("weir_jwks_failures_total", true, "Fetches of key sets that failed.", tokens.jwks_failures);
  add("weir_revocations", false, "Revocations at hand, of the file and made through the API.",
      tokens.revocations);
  add("weir_revocations_refused_total", true, "Revocations refused because of revocations_max.",
      tokens.revocations_refused);
  add("weir_unauthorized_total", true, "Requests refused with 401.", counts.unauthorized);
  add("weir_forbidden_total", true, "Requests refused with 403 for what is granted.",
      counts.forbidden);
  add("weir_foreign_origin_total", true, "Requests refused with 403 for their Origin or Host.",
      counts.foreign);
  add("weir_publishes_limited_total", true, "Publishes refused with 429 by a rate.",
      counts.publish_limited);
  add("weir_subscribers_limited_total", true, "Streams refused by a rate or share.",
      counts.subscribe_limited);
  add("weir_limiter_entries", false, "Addresses, subjects and topics that rates are kept for.",
      counts.limiter_entries);
  add("weir_memory_shed_total", true, "Requests refused because of memory_budget.", counts.shed);
  add("weir_memory_pressure", false,
      "What is shed because of memory_budget: 0 nothing, 1 streams, 2 publishes, 3 slow readers.",
      static_cast<std::uint64_t>(gate.pressure()));
}

std::vector<Figure> figures(hub::Hub& hub, const ServerStatus& status, const Gate& gate) {
  std::vector<Figure> out;
  add_hub(hub, out);
  add_http(status, out);
  add_polls(status, out);
  add_web_sockets(status, out);
  add_log(hub.log().stats(), out);
  out.push_back({"weir_doctor_streams", false, "Probing streams of weir doctor that are open.",
                 status.doctor_streams.load(std::memory_order_relaxed)});
  out.push_back({"weir_doctor_streams_refused_total", true,
                 "Probing streams refused: over doctor_streams_max or _per_address.",
                 status.doctor_refused.load(std::memory_order_relaxed)});
  add_access(gate, out);
  out.push_back({"weir_resident_bytes", false, "Resident memory of the process.",
                 status.process.resident_bytes()});
  out.push_back({"weir_open_descriptors", false, "File descriptors in use.",
                 status.process.open_descriptors(base::system_clock().steady())});
  out.push_back(
      {"weir_draining", false, "1 while the server shuts down.", status.draining() ? 1U : 0U});
  for (const auto& source : status.figures) source(out);
  return out;
}

}  // namespace

std::string prometheus_text(hub::Hub& hub, const ServerStatus& status, const Gate& gate) {
  std::string text;
  for (const auto& figure : figures(hub, status, gate)) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", figure.name, figure.help,
                        figure.counter ? "counter" : "gauge", text_of(figure));
  }
  text +=
      "# HELP weir_http_responses_total Responses by class of status.\n"
      "# TYPE weir_http_responses_total counter\n";
  for (std::size_t group = 1; group < 6; ++group) {
    std::uint64_t count = 0;
    for (const auto* shard : status.http) count += shard->responses_by_class[group].get();
    text += fmt::format("weir_http_responses_total{{class=\"{}xx\"}} {}\n", group, count);
  }
  text +=
      "# HELP weir_tls_failures_total TLS handshakes that failed, by reason.\n"
      "# TYPE weir_tls_failures_total counter\n";
  for (std::size_t reason = 0; reason < net::kTlsFailures; ++reason) {
    std::uint64_t count = 0;
    for (const auto* shard : status.http) count += shard->tls_failures[reason].get();
    text += fmt::format("weir_tls_failures_total{{reason=\"{}\"}} {}\n",
                        net::name_of(static_cast<net::TlsFailure>(reason)), count);
  }
  text += fmt::format(
      "# HELP weir_build_info The version that runs.\n# TYPE weir_build_info gauge\n"
      "weir_build_info{{version=\"{}\"}} 1\n",
      status.version);
  return text;
}

std::string stats_json(hub::Hub& hub, const ServerStatus& status, const Gate& gate) {
  const auto& log = hub.log();
  std::string json = fmt::format(
      R"({{"version":{},"uptime_ms":{},"shards":{},"durable":{},"cursor":"{}","available_from":"{}")",
      proto::json_string(status.version), hub.clock().unix_millis() - status.started_at,
      hub.shards(), log.durable(), proto::to_string({log.epoch(), log.head()}),
      proto::to_string({log.epoch(), log.floor()}));
  for (const auto& figure : figures(hub, status, gate)) {
    json += fmt::format(R"(,"{}":{})", figure.name.substr(std::string_view("weir_").size()),
                        text_of(figure));
  }
  return json + "}";
}

}  // namespace weir::api
