#include "embed/program_access.hpp"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "api/access/client_address.hpp"
#include "api/access/origin.hpp"
#include "base/ascii.hpp"
#include "base/logging.hpp"
#include "embed/shard_link.hpp"
#include "proto/field_mask.hpp"

namespace weir {

class AccessQuestion::Impl {
 public:
  Impl(embed::ShardLink link, const net::RequestHead& asked, const base::Settings& settings,
       api::Audience audience, api::Router::Admitted done)
      : head(asked),
        address(api::address_text(api::client_address(asked, settings), api::kUnixClient)),
        link_(std::move(link)),
        audience_(audience),
        done_(std::move(done)) {}
  ~Impl() { refuse("nobody has answered for the request"); }

  void refuse(std::string why) {
    answer([why = std::move(why)](api::Gate&, const net::RequestHead&, const base::Settings&,
                                  api::Audience) -> base::Result<access::AccessPtr> {
      return base::make_error(base::ErrorCode::kUnauthorized, why);
    });
  }

  /// `decide` runs on the request's shard. The first one counts.
  template <typename Decide>
  void answer(Decide decide) {
    if (answered_.exchange(true)) return;
    link_.post([head = head, audience = audience_, done = std::move(done_),
                decide = std::move(decide)](embed::Core& core) {
      done(decide(core.node().gate(), head, *core.hub().settings(), audience));
    });
  }

  const net::RequestHead head;
  const std::string address;

 private:
  embed::ShardLink link_;
  api::Audience audience_;
  api::Router::Admitted done_;
  std::atomic<bool> answered_{false};
};

AccessQuestion::AccessQuestion(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
AccessQuestion::AccessQuestion(const AccessQuestion&) noexcept = default;
AccessQuestion& AccessQuestion::operator=(const AccessQuestion&) noexcept = default;
AccessQuestion::AccessQuestion(AccessQuestion&&) noexcept = default;
AccessQuestion& AccessQuestion::operator=(AccessQuestion&&) noexcept = default;
AccessQuestion::~AccessQuestion() = default;

const std::string& AccessQuestion::method() const { return impl_->head.method; }
const std::string& AccessQuestion::path() const { return impl_->head.url.raw_path; }
std::string_view AccessQuestion::query(std::string_view name) const {
  return impl_->head.url.get(name).value_or(std::string_view());
}
std::string_view AccessQuestion::header(std::string_view name) const {
  return impl_->head.headers.get(name).value_or(std::string_view());
}
const std::string& AccessQuestion::address() const { return impl_->address; }
bool AccessQuestion::secure() const { return impl_->head.secure; }

std::string_view AccessQuestion::bearer_token() const {
  constexpr std::string_view kScheme = "Bearer ";
  const auto value = header("Authorization");
  if (!base::equal_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return {};
  return base::trim(value.substr(kScheme.size()));
}

void AccessQuestion::allow(Grants grants) {
  auto access = embed::access_of(grants);
  if (!access) {
    base::log_error("embed.bad_grants", "path={} error=\"{}\"", path(), access.error().message());
    return impl_->refuse("what was granted is not valid");
  }
  impl_->answer([access = std::move(*access)](api::Gate& gate, const net::RequestHead& head,
                                              const base::Settings& settings,
                                              api::Audience audience) {
    return gate.admit_as(access, head, settings, audience);
  });
}

void AccessQuestion::refuse(std::string why) { impl_->refuse(std::move(why)); }

void AccessQuestion::use_settings() {
  impl_->answer([](api::Gate& gate, const net::RequestHead& head, const base::Settings& settings,
                   api::Audience audience) { return gate.admit(head, settings, audience); });
}

}  // namespace weir

namespace weir::embed {

base::Result<> decided_by_program(base::Settings& settings) {
  if (settings.access.mode == "open") {
    return base::make_error(base::ErrorCode::kBadConfiguration,
                            "access: \"open\" contradicts an authorizer: leave one out");
  }
  // No value that a configuration can have: with "auto" and no keys everybody could do everything.
  settings.access.mode = "program";
  return {};
}

void ask_program(Core& core, std::size_t shard, const Authorizer& authorizer, api::Router& router) {
  router.ask_with([&core, shard, &authorizer](const net::RequestHead& head,
                                              const base::Settings& settings,
                                              api::Audience audience, api::Router::Admitted done) {
    // A page has its visitor's cookies; whose page it is, the program should not have to ask.
    if (api::needs_origin_check(head)) {
      if (auto own = core.node().gate().check_page(head, settings); !own) return done(own.error());
    }
    const base::CallGate::Mark mark;
    authorizer(AccessQuestion(
        std::make_shared<AccessQuestion::Impl>(embed::ShardLink(core.weak_from_this(), shard), head,
                                               settings, audience, std::move(done))));
  });
}

base::Result<access::AccessPtr> access_of(const Grants& grants) {
  access::Access access;
  access.kind = access::Access::Kind::kProgram;
  access.subject = grants.user;
  if (!grants.user.empty()) access.identity = "program\n" + grants.user;
  if (grants.expires) {
    access.expires =
        std::chrono::duration_cast<std::chrono::milliseconds>(grants.expires->time_since_epoch())
            .count();
  }
  auto publish = access::selectors_of(grants.publish);
  if (!publish) return publish.error();
  auto subscribe = access::selectors_of(grants.subscribe);
  if (!subscribe) return subscribe.error();
  access.grants.publish = std::move(*publish);
  access.grants.subscribe = std::move(*subscribe);
  if (!grants.fields.empty()) {
    auto fields = proto::FieldMask::parse(grants.fields);
    if (!fields) return fields.error();
    access.grants.fields = std::make_shared<const proto::FieldMask>(std::move(*fields));
  }
  if (grants.admin) {
    access.grants.admin = true;
  }
  access.grants.limits = {.connections = grants.connections, .publish_rate = grants.publish_rate};
  return std::make_shared<const access::Access>(std::move(access));
}

access::AccessPtr follower_of(const access::Access& asking, const std::string& user,
                              const proto::Selectors& selectors) {
  auto access = asking;
  if (!user.empty()) {
    access.kind = access::Access::Kind::kProgram;
    access.subject = user;
    access.identity = "program\n" + user;
  }
  access.grants.subscribe = selectors;
  return std::make_shared<const access::Access>(std::move(access));
}

}  // namespace weir::embed
