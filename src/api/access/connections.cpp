#include "api/access/connections.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "api/access/stream_holder.hpp"
#include "base/ascii.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"
#include "proto/rfc3339.hpp"

namespace weir::api {
namespace {

constexpr std::string_view kSuffix = "/token";
constexpr std::size_t kDepthMax = 4;

base::Error forbidden(std::string detail) {
  return base::make_error(base::ErrorCode::kForbidden, std::move(detail));
}

/// `{"token":"…"}`, or the token alone.
base::Result<std::string> token_in(std::string_view body) {
  const auto begin = body.find_first_not_of(" \t\r\n");
  if (begin == body.npos) return std::string();
  body = body.substr(begin, body.find_last_not_of(" \t\r\n") - begin + 1);
  if (body.front() != '{') return std::string(body);
  std::string token;
  const auto read = proto::read_object(
      body, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
        const auto* text = std::get_if<std::string>(&value.content);
        if (name == "token" && text != nullptr) token = *text;
        return {};
      });
  if (!read) return read.error();
  if (token.empty()) return base::make_error(base::ErrorCode::kBadRequest, "\"token\" is missing");
  return token;
}

std::string mask_of(const access::Access& access) {
  return access.grants.fields ? access.grants.fields->text() : std::string();
}

/// The new access in the place of the old one, if it is the same subject's and grants no less.
base::Result<> check_renewal(const access::Access& old, const access::Access& fresh,
                             const proto::Selectors& selectors) {
  const bool same = old.kind == fresh.kind && !old.subject.empty() &&
                    old.subject == fresh.subject && old.issuer == fresh.issuer;
  if (!same) return forbidden("the stream is another subject's");
  // What the stream sees was settled when it was opened; some of it may be what anonymous have.
  const bool enough =
      fresh.grants.may_subscribe(selectors) || fresh.grants.may_subscribe(old.grants.subscribe);
  if (!enough || mask_of(fresh) != mask_of(old)) {
    return forbidden("the new token does not grant what the stream delivers");
  }
  if (fresh.expires && (!old.expires || *fresh.expires < *old.expires)) {
    return forbidden("the new token ends sooner than the one that the stream has");
  }
  return {};
}

}  // namespace

void ConnectionsApi::add_routes(Router& router) {
  // Whoever asks shows the new token, be it in the body: the old one may be over by now.
  router.add("POST", "/v1/connections/",
             {.handle = [this](const CallPtr& call) { renew(call); },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {},
              .audience = Audience::kEverybody});
}

void ConnectionsApi::renew(const CallPtr& call) {
  auto raw = call->rest();
  if (!raw.ends_with(kSuffix) || raw.size() == kSuffix.size()) {
    return call->fail(base::make_error(base::ErrorCode::kNotFound, call->target().raw_path));
  }
  raw.remove_suffix(kSuffix.size());
  auto client_id = proto::decode_path(raw);
  if (!client_id) return call->fail(client_id.error());
  const auto token = token_in(call->body());
  if (!token) return call->fail(token.error());
  auto& gate = call->gate();
  auto fresh = token->empty() ? gate.identify(call->head(), call->settings())
                              : gate.authority().authenticate(*token);
  if (!fresh) return call->fail(fresh.error());
  if (!(*fresh)->authenticated()) {
    return call->fail(base::make_error(base::ErrorCode::kUnauthorized, "the new token is missing"));
  }
  const auto expires = end_of(**fresh, call->settings());
  hub_.renew(
      shard_, *client_id,
      {.check = [call, fresh = *fresh, expires](const hub::LeaseHolder& holder,
                                                const proto::Selectors& selectors) -> hub::Renewed {
         // On every shard again: whoever revokes it meanwhile has ended the streams of before.
         if (auto valid = call->gate().authority().still_valid(*fresh); !valid) {
           return valid.error();
         }
         const auto& stream = static_cast<const StreamHolder&>(holder);
         if (auto good = check_renewal(*stream.access, *fresh, selectors); !good) {
           return good.error();
         }
         return expires;
       },
       .apply = [fresh = *fresh](
                    hub::LeaseHolder& holder) { static_cast<StreamHolder&>(holder).renew(fresh); }},
      [call, fresh = *fresh, client_id = *client_id](const hub::Renewed& renewed) {
        if (!renewed) return call->fail(renewed.error());
        const auto until = fresh->expires
                               ? fmt::format(R"("{}")", proto::format_rfc3339(*fresh->expires))
                               : std::string("null");
        call->respond_json(fmt::format(R"({{"client_id":{},"expires":{}}})",
                                       proto::json_string(client_id), until));
      });
}

}  // namespace weir::api
