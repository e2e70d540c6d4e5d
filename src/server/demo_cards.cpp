#include "server/demo_cards.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "apps/workflow/model/examples.hpp"
#include "apps/workflow/model/parse.hpp"
#include "base/logging.hpp"

namespace weir::server {
namespace {

namespace workflow = apps::workflow;

constexpr std::string_view kWorkflow = "product-card";

struct Good {
  std::string_view line;
  double cost_price;
};
constexpr Good kGoods[] = {
    {"Chair Omega, oak, 45x50x90 cm, 6.2 kg, black", 38.4},
    {"Lamp Halo, brass, 22x22x48 cm, 1.9 kg, gold", 27.6},
    {"Rug Soren, wool, 200x140x2 cm, 6.8 kg, beige", 74},
    {"Pot Lilla, enamel, 24x32x18 cm, 2.1 kg, blue", 22.3},
    {"Vase Iris, porcelain, 14x14x28 cm, 1.2 kg, white", 15.6},
};

void warn(const base::Error& error) {
  base::log_warning("demo.card_failed", "error=\"{}\"", error.message());
}

/// On the engine's thread, as all below.
void start(workflow::Engine& engine, std::size_t n) {
  const auto& good = kGoods[n % std::size(kGoods)];
  workflow::StartRequest request;
  request.workflow = kWorkflow;
  request.input = boost::json::object{{"line", good.line}, {"costPrice", good.cost_price}};
  request.trigger = boost::json::object{{"type", "manual"}, {"by", "demo"}};
  engine.start(std::move(request), [](const base::Result<workflow::Started>& started) {
    if (!started) warn(started.error());
  });
}

void take_up(workflow::Engine& engine, std::size_t n) {
  const auto all = workflow::examples();
  const auto shipped =
      std::find_if(all.begin(), all.end(), [](const auto& each) { return each.id == kWorkflow; });
  auto parsed = workflow::parse_definition(shipped->yaml, workflow::Format::kYaml);
  engine.put_definition(std::move(*parsed.definition), std::string(shipped->yaml), "yaml", "demo",
                        [&engine, n](const base::Result<std::uint64_t>& version) {
                          if (!version) return warn(version.error());
                          start(engine, n);
                        });
}

}  // namespace

void run_demo_card(workflow::Workflows& workflows, std::size_t n) {
  workflows.run([n](workflow::Workflows::Parts parts) {
    const bool known = parts.engine.definitions().find(std::string(kWorkflow)) != nullptr;
    known ? start(parts.engine, n) : take_up(parts.engine, n);
  });
}

}  // namespace weir::server
