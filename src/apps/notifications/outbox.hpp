#pragma once

#include "apps/notifications/commit.hpp"
#include "apps/notifications/deliveries.hpp"
#include "base/result.hpp"

namespace weir::apps::notifications {

/// Whether a delivery that is due is to be attempted now. Much may have happened since it was made,
/// or tried: it is ended where the notification has expired, or was dealt with and is not critical,
/// or its user does not want it this way or is not reached there any more; put off in quiet hours,
/// unless it is critical; and otherwise goes to where its user is reached now. Inside a commit.
base::Result<bool> still_to_send(const Commit& commit, Delivery& delivery);

}  // namespace weir::apps::notifications
