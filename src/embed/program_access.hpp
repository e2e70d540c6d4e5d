#pragma once

#include <cstddef>
#include <string>

#include <weir/access.hpp>

#include "access/access.hpp"
#include "api/router.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "embed/core.hpp"
#include "net/http_message.hpp"
#include "proto/selector.hpp"

namespace weir::embed {

/// Changes settings to ones under which the program decides who may do what, and nobody else is let
/// in for being on this machine. kBadConfiguration if they say that everybody may do everything.
base::Result<> decided_by_program(base::Settings& settings);

/// Has the router ask the program. `core` outlives the router.
void ask_program(Core& core, std::size_t shard, const Authorizer& authorizer, api::Router& router);

/// What the program's grants come to. kBadSelector and the like.
base::Result<access::AccessPtr> access_of(const Grants& grants);

/// The access of somebody whom the program gives a stream of these topics, and nothing else.
access::AccessPtr follower_of(const access::Access& asking, const std::string& user,
                              const proto::Selectors& selectors);

}  // namespace weir::embed
