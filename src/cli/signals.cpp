#include "cli/signals.hpp"

#include <csignal>

namespace weir::cli {
namespace {

const client::Interrupt* interrupt = nullptr;
volatile std::sig_atomic_t received = 0;

void note_signal(int number) {
  received = number;
  interrupt->trigger();
}

}  // namespace

const client::Interrupt& stop_signals() {
  static const client::Interrupt instance;
  if (interrupt == nullptr) {
    interrupt = &instance;
    struct sigaction handler{};
    handler.sa_handler = note_signal;
    handler.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &handler, nullptr);
    ::sigaction(SIGTERM, &handler, nullptr);
  }
  return instance;
}

int signal_status() { return received == 0 ? 0 : 128 + received; }

}  // namespace weir::cli
