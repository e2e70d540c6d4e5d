#include "apps/workflow/effects/inbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/check.hpp"

namespace weir::apps::workflow {

Inbox::Inbox()
    : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), tasks_([this] {
        const std::uint64_t one = 1;
        // It can only fail when the counter is full, and then it is readable already.
        (void)!::write(descriptor_, &one, sizeof one);
      }) {
  WEIR_CHECK(descriptor_ >= 0, "no event descriptor can be had");
}

Inbox::~Inbox() { ::close(descriptor_); }

void Inbox::run() {
  std::uint64_t count = 0;
  (void)!::read(descriptor_, &count, sizeof count);
  tasks_.drain([](base::Task task) { task(); });
}

}  // namespace weir::apps::workflow
