#include "node/memory_watch.hpp"

#include <chrono>

#include "api/operations/memory_budget.hpp"
#include "base/logging.hpp"
#include "base/units.hpp"
#include "net/loop.hpp"

namespace weir::node {
namespace {

// Memory can grow by a few hundred megabytes in a second; reading the figure takes microseconds.
constexpr std::chrono::milliseconds kPeriod{200};

}  // namespace

class MemoryWatch::Work {
 public:
  Work(hub::Hub& hub, api::Gate& gate, const api::ProcessFigures& process)
      : hub_(hub), gate_(gate), process_(process) {
    loop_.every(kPeriod, [this] { look(); });
  }

  void run() { loop_.run(); }
  void stop() { loop_.stop(); }

 private:
  void look() {
    const auto budget = hub_.settings()->access.memory_budget;
    if (budget == 0 && gate_.pressure() == api::Pressure::kNone) return;
    const auto resident = process_.resident_bytes();
    const auto pressure = budget_.update(resident, budget);
    if (pressure != gate_.pressure()) {
      gate_.set_pressure(pressure);
      base::log_warning("memory.pressure", "shed={} resident={} budget={}", api::name_of(pressure),
                        base::format_bytes(resident), base::format_bytes(budget));
    }
    if (pressure == api::Pressure::kDisconnect) hub_.shed_slow();
  }

  hub::Hub& hub_;
  api::Gate& gate_;
  const api::ProcessFigures& process_;
  api::MemoryBudget budget_;
  net::Loop loop_;
};

MemoryWatch::MemoryWatch(hub::Hub& hub, api::Gate& gate, const api::ProcessFigures& process)
    : work_(std::make_unique<Work>(hub, gate, process)) {
  thread_ = std::thread([work = work_.get()] { work->run(); });
}

MemoryWatch::~MemoryWatch() {
  work_->stop();
  thread_.join();
}

}  // namespace weir::node
