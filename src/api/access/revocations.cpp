#include "api/access/revocations.hpp"

#include <fmt/format.h>

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/access/stream_holder.hpp"
#include "base/settings_table.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::api {
namespace {

using access::Revocation;

constexpr std::size_t kDepthMax = 4;

base::Result<> prepare(log::State& state) {
  return state.execute(
      "CREATE TABLE IF NOT EXISTS revocations (entry TEXT PRIMARY KEY, revoked_at BIGINT NOT NULL)",
      {});
}

base::Result<> forget(log::State& state, const Revocation& revocation) {
  const log::Value entry[] = {revocation.text()};
  return state.execute("DELETE FROM revocations WHERE entry = ?", entry);
}

/// Sessions that were revoked longer ago than any may last.
base::Result<> find_needless(log::State& state, base::UnixMillis now,
                             std::vector<Revocation>& out) {
  const auto longest = base::find_setting("session_lifetime")->max;
  const log::Value parameters[] = {fmt::format("jti:{}%", access::kSessionIdPrefix),
                                   std::int64_t{now} - static_cast<std::int64_t>(longest)};
  return state.query("SELECT entry FROM revocations WHERE entry LIKE ? AND revoked_at < ?",
                     parameters, [&](log::Row row) {
                       const auto* text = std::get_if<std::string>(&row[0]);
                       if (text == nullptr) return;
                       if (auto each = Revocation::parse(*text)) out.push_back(std::move(*each));
                     });
}

/// Whether there is room for one more beside those that are kept: kTooManyRevocations.
base::Result<> check_room(log::State& state, std::uint64_t most) {
  std::int64_t kept = 0;
  const auto counted = state.query("SELECT count(*) FROM revocations", {}, [&](log::Row row) {
    if (const auto* count = std::get_if<std::int64_t>(&row[0])) kept = *count;
  });
  if (!counted) return counted.error();
  if (static_cast<std::uint64_t>(kept) < most) return {};
  return base::make_error(
      base::ErrorCode::kTooManyRevocations,
      fmt::format("revocations_max is {}; DELETE /v1/revocations/{{entry}} makes room", most));
}

/// `{"jti":"…"}`, `{"sub":"…"}` or `{"key":"…"}`.
base::Result<Revocation> read_revocation(std::string_view body) {
  std::optional<std::string> text;
  bool one = true;
  const auto read = proto::read_object(
      body, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
        const auto* content = std::get_if<std::string>(&value.content);
        one = one && !text && content != nullptr;
        if (one) text = fmt::format("{}:{}", name, *content);
        return {};
      });
  if (!read) return read.error();
  if (!one || !text) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            "one of {\"jti\":…}, {\"sub\":…} and {\"key\":…} is taken");
  }
  return Revocation::parse(*text);
}

std::string entry_json(const Revocation& revocation) {
  return fmt::format(R"({{"revocation":{}}})", proto::json_string(revocation.text()));
}

}  // namespace

void RevocationsApi::add_routes(Router& router) {
  router.add("POST", "/v1/revocations",
             {.handle = [this](const CallPtr& call) { add(call); },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {}});
  router.add("DELETE", "/v1/revocations/",
             {.handle = [this](const CallPtr& call) { remove(call); },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {}});
  router.add("GET", "/v1/revocations",
             {.handle =
                  [](const CallPtr& call) {
                    const auto revocations = call->gate().authority().revocations();
                    std::string json;
                    for (const auto& each : revocations->all()) {
                      if (!json.empty()) json.push_back(',');
                      json += proto::json_string(each.text());
                    }
                    call->respond_json(fmt::format(R"({{"revocations":[{}]}})", json));
                  },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {}});
}

void RevocationsApi::add(const CallPtr& call) {
  const auto revocation = read_revocation(call->body());
  if (!revocation) return call->fail(revocation.error());
  revoke(hub_, shard_, call->gate().authority(), *revocation,
         [call, revocation = *revocation](const base::Result<>& stored) {
           if (!stored) return call->fail(stored.error());
           call->respond_json(entry_json(revocation));
         });
}

void RevocationsApi::remove(const CallPtr& call) {
  const auto text = proto::decode_path(call->rest());
  if (!text) return call->fail(text.error());
  const auto revocation = Revocation::parse(*text);
  if (!revocation) return call->fail(revocation.error());
  if (!call->gate().authority().revocations()->all().contains(*revocation)) {
    return call->fail(base::make_error(base::ErrorCode::kNotFound, *text));
  }
  hub_.change(
      shard_,
      [revocation = *revocation](log::Transaction& transaction) -> base::Result<> {
        if (auto prepared = prepare(transaction.state()); !prepared) return prepared;
        return forget(transaction.state(), revocation);
      },
      [call, revocation = *revocation](const base::Result<>& stored) {
        if (!stored) return call->fail(stored.error());
        call->gate().authority().restore(revocation);
        call->respond_json(entry_json(revocation));
      });
}

void revoke(hub::Hub& hub, std::size_t shard, access::Authority& authority,
            const Revocation& revocation, std::function<void(const base::Result<>&)> done) {
  // Sessions that are over by now need no revocation any more.
  const auto needless = std::make_shared<std::vector<Revocation>>();
  hub.change(
      shard,
      [revocation, needless, most = hub.settings()->access.revocations_max](
          log::Transaction& transaction) -> base::Result<> {
        auto& state = transaction.state();
        if (auto prepared = prepare(state); !prepared) return prepared;
        if (auto found = find_needless(state, transaction.now(), *needless); !found) return found;
        for (const auto& each : *needless) {
          if (auto gone = forget(state, each); !gone) return gone;
        }
        if (auto gone = forget(state, revocation); !gone) return gone;
        if (auto room = check_room(state, most); !room) return room;
        const log::Value row[] = {revocation.text(), std::int64_t{transaction.now()}};
        return state.execute("INSERT INTO revocations (entry, revoked_at) VALUES (?, ?)", row);
      },
      [&hub, &authority, revocation, needless,
       done = std::move(done)](const base::Result<>& stored) {
        if (stored) {
          for (const auto& each : *needless) authority.restore(each);
          authority.revoke(revocation);
          end_revoked_streams(hub, authority);
        } else if (stored.error().code == base::ErrorCode::kTooManyRevocations) {
          authority.count_refused_revocation();
        }
        done(stored);
      });
}

base::Result<access::Revocations> load_revocations(hub::Hub& hub) {
  // Shared: an outcome could come after an error has been told.
  const auto found = std::make_shared<base::Result<access::Revocations>>(access::Revocations());
  std::promise<base::Result<>> done;
  hub.change_now(
      [found](log::Transaction& transaction) -> base::Result<> {
        // So that no statement fails for want of the table: whatever else fails must not let in who
        // was revoked.
        if (auto prepared = prepare(transaction.state()); !prepared) return prepared;
        return transaction.state().query("SELECT entry FROM revocations", {}, [&](log::Row row) {
          const auto* text = std::get_if<std::string>(&row[0]);
          auto revocation = Revocation::parse(text == nullptr ? std::string() : *text);
          if (!revocation) {
            *found = base::make_error(base::ErrorCode::kCorrupt, "one cannot be read");
          } else if (*found) {
            (*found)->add(std::move(*revocation));
          }
        });
      },
      [&done](base::Result<> outcome) { done.set_value(std::move(outcome)); });
  if (auto outcome = done.get_future().get(); !outcome) *found = outcome.error();
  if (!*found) {
    const auto& error = found->error();
    return base::make_error(error.code, fmt::format("the stored revocations: {}", error.detail));
  }
  return std::move(*found);
}

void end_revoked_streams(hub::Hub& hub, access::Authority& authority) {
  hub.end_leases([&authority](const hub::LeaseHolder& holder) {
    return authority.is_revoked(*static_cast<const StreamHolder&>(holder).access);
  });
}

}  // namespace weir::api
