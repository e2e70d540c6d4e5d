#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "proto/field_mask.hpp"
#include "proto/selector.hpp"

namespace weir::access {

/// What a token or key allows. Immutable once made; any thread.
struct Grants {
  struct Limits {
    std::uint64_t connections = 0;   ///< Open streams of its subject; 0: as the settings say.
    std::uint64_t publish_rate = 0;  ///< Events a second; 0: as the settings say.
  };

  proto::Selectors publish;
  proto::Selectors subscribe;
  std::shared_ptr<const proto::FieldMask> fields;  ///< What is delivered; null: everything.
  Limits limits;
  bool admin = false;  ///< Metrics, deletion, revocation; and all topics are listed.

  bool may_publish(std::string_view topic) const { return publish.matches(topic); }
  bool may_subscribe(const proto::Selectors& wanted) const { return subscribe.cover(wanted); }
};

/// Everything.
Grants all_grants();

/// Topics and patterns as a list of texts; one without a wildcard is a name. kBadSelector,
/// kBadTopic, kTooManyTopics over 1,000.
base::Result<proto::Selectors> selectors_of(const std::vector<std::string>& texts);

/// Reads the `weir` claim or an API key's line, a JSON object:
/// `{"publish":[…],"subscribe":[…],"fields":[…],"limits":{"connections":n,"publish_rate":n},
/// "admin":true}`. Every member may be left out; one that is not known is refused, because leaving
/// out what was meant as a restriction would grant more than was meant. kInvalidToken.
base::Result<Grants> read_grants(std::string_view json);

/// The grants for people, as JSON: all members, `"fields":null` where there is no mask.
std::string grants_json(const Grants& grants);

/// Reads the `mercure` claim (Mercure, "Authorization"): `publish` and `subscribe`, in which `*` is
/// everything. A template that says more than a pattern can is left out, and so grants nothing.
base::Result<Grants> read_mercure_grants(std::string_view json);

}  // namespace weir::access
