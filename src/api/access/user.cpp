#include "api/access/user.hpp"

namespace weir::api {

using access::Access;

bool may_choose_user(const Gate& gate, const Access& access, const net::RequestHead& head,
                     const base::Settings& settings) {
  return gate.is_admin(access, head, settings) ||
         (access.kind == Access::Kind::kOpen && settings.demo);
}

std::string default_user(const Gate& gate, const Access& access, const net::RequestHead& head,
                         const base::Settings& settings) {
  switch (access.kind) {
    case Access::Kind::kToken:
    case Access::Kind::kSession:
    case Access::Kind::kProgram:
      return access.subject;
    case Access::Kind::kOpen:
      return may_choose_user(gate, access, head, settings) ? "demo" : "";
    case Access::Kind::kAnonymous:
    case Access::Kind::kKey:
      break;
  }
  return {};
}

}  // namespace weir::api
