#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "base/result.hpp"
#include "proto/field_mask.hpp"

namespace weir::apps::workflow {

/// A body that is one JSON object with these members and no others; an empty body is an empty
/// object. kBadJson, kBadRequest.
base::Result<boost::json::object> read_body(std::string_view text,
                                            std::initializer_list<std::string_view> members);

/// What the call's `fields` say; null: everything. kBadFields.
using Mask = std::shared_ptr<const proto::FieldMask>;
base::Result<Mask> mask_of(const api::Call& call);
/// What it leaves of a JSON text.
base::Result<std::string> masked(const Mask& mask, base::Result<std::string> text);

}  // namespace weir::apps::workflow
