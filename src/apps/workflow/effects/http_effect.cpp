#include "apps/workflow/effects/http_effect.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <boost/json/parse.hpp>
#include <cstring>

#include "apps/address_guard.hpp"
#include "apps/workflow/effects/http_request.hpp"
#include "apps/workflow/effects/text_stream.hpp"
#include "apps/workflow/effects/with.hpp"
#include "base/address_block.hpp"
#include "base/ascii.hpp"
#include "base/clock.hpp"
#include "client/http_client.hpp"
#include "client/retry_after.hpp"
#include "proto/utf8.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using base::Result;

// A server that says nothing for so long has failed also where the node has no timeout.
constexpr std::chrono::minutes kSilence{5};

/// An address as the blocks of a setting have it.
base::AddressBytes bytes_of(const sockaddr& address) {
  base::AddressBytes bytes{};
  if (address.sa_family == AF_INET) {
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  } else if (address.sa_family == AF_INET6) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
  }
  return bytes;
}

std::string why_not_allowed(const sockaddr& address, const std::vector<std::string>& blocks) {
  auto why = why_not_public(address);
  if (why.empty()) return {};
  for (const auto& text : blocks) {
    const auto block = base::parse_address_block(text);
    if (block && block->contains(bytes_of(address))) return {};
  }
  return why + ", which workflow_http_private would allow";
}

struct Answer {
  client::ResponseHead head;
  std::string body;
};

/// One request and its answer, without redirects.
class Exchange {
 public:
  Exchange(const HttpCall& call, const base::Settings& settings, const client::Interrupt& interrupt)
      : call_(call),
        client_(call.url, {.connect = std::chrono::seconds(10), .silence = kSilence}, &interrupt,
                {.tls = {}, .allowed = [this, &settings](const sockaddr& address) {
                   auto why = why_not_allowed(address, settings.effects.http_private);
                   refused_ = refused_ || !why.empty();
                   return why;
                 }}) {}

  Result<Answer> run() {
    Answer answer;
    bool too_large = false;
    const auto on_body = [&](std::string_view piece) {
      too_large = too_large || answer.body.size() + piece.size() > call_.response_bytes_max;
      if (!too_large) answer.body.append(piece);
    };
    if (auto begun = client_.begin(call_.request, on_body); !begun) return begun.error();
    // What the length of an answer to HEAD counts does not come.
    const auto enough = [&] { return call_.request.method == "HEAD" && client_.head() != nullptr; };
    while (!too_large && !enough()) {
      const auto more = client_.receive();
      if (!more && !enough()) return more.error();
      if (!more || !*more) break;
    }
    if (too_large) {
      hopeless_ = true;
      return base::make_error(
          base::ErrorCode::kNetwork,
          fmt::format("the answer has more than {} bytes", call_.response_bytes_max));
    }
    answer.head = *client_.head();
    return answer;
  }

  /// Whether the same request would fail in the same way again.
  bool hopeless() const { return hopeless_ || refused_; }

 private:
  const HttpCall& call_;
  client::HttpClient client_;
  bool refused_ = false;
  bool hopeless_ = false;
};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string valid(std::string_view text) {
  std::string out;
  proto::append_utf8_lossy(out, text);
  return out;
}

bool says_json(const client::ResponseHead& head) {
  const auto type = head.get("Content-Type");
  if (!type) return false;
  const auto name = lower_case(base::trim(type->substr(0, type->find(';'))));
  return name == "application/json" ||
         (name.starts_with("application/") && name.ends_with("+json"));
}

json::object output_of(const Answer& answer) {
  json::object headers;
  for (const auto& [name, value] : answer.head.headers) {
    auto& place = headers[lower_case(name)];
    // Several lines of one name are one list (RFC 9110, 5.3).
    place = place.is_string()
                ? fmt::format("{}, {}", std::string_view(place.get_string()), valid(value))
                : valid(value);
  }
  json::object output{{"status", answer.head.status}, {"headers", std::move(headers)}};
  output["body"] = nullptr;
  if (says_json(answer.head)) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    auto value = json::parse(answer.body, error, {}, options);
    if (!error) {
      output["json"] = std::move(value);
      return output;
    }
  }
  output["body"] = valid(answer.body);
  return output;
}

EffectOutcome outcome_of(const HttpCall& call, const Answer& answer) {
  const int status = answer.head.status;
  EffectOutcome outcome{.ok = call.expects(status), .output = output_of(answer)};
  if (outcome.ok) return outcome;
  outcome.error = fmt::format("{} answered with status {}", call.url.origin(), status);
  outcome.retryable = status == 408 || status == 425 || status == 429 || status >= 500;
  outcome.retry_after = client::retry_after(answer.head, base::system_clock().unix_millis());
  return outcome;
}

}  // namespace

EffectOutcome run_http(const EffectRequest& request, const base::Settings& settings,
                       const client::Interrupt& interrupt) {
  auto call = http_call(request.with, request.trace, settings.effects.output_bytes_max);
  if (!call) return failure(call.error().detail, false);
  for (int redirects = 0;; ++redirects) {
    Exchange exchange(*call, settings, interrupt);
    const auto answer = exchange.run();
    if (!answer) return failure(answer.error().detail, !exchange.hopeless());
    const int status = answer->head.status;
    const auto target = answer->head.get("Location");
    if (!is_redirect(status) || !target || call->expects(status)) {
      return outcome_of(*call, *answer);
    }
    if (redirects == kRedirectsMax) {
      return failure(fmt::format("there were more than {} redirects", kRedirectsMax), false);
    }
    if (auto followed = redirect(*call, status, *target); !followed) {
      return failure(followed.error().detail, false);
    }
  }
}

}  // namespace weir::apps::workflow
