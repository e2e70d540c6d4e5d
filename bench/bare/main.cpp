// weir_bench_bare --listen 127.0.0.1:PORT [--merge yes] [--wire sse|websocket]

#include <string>

#include "bare/bare_server.hpp"
#include "common/fatal.hpp"
#include "common/options.hpp"
#include "common/socket.hpp"

int main(int argc, char** argv) {
  weir::bench::Options options(argc, argv);
  weir::bench::BareServer::Settings settings;
  settings.listen = options.text("listen", "127.0.0.1:3900");
  settings.merge = options.flag("merge");
  std::string wire = options.text("wire", "sse");
  if (wire != "sse" && wire != "websocket") {
    weir::bench::fatal("--wire: sse or websocket, not " + wire);
  }
  settings.websocket = wire == "websocket";
  options.refuse_unknown();
  weir::bench::raise_descriptor_limit();
  weir::bench::BareServer(settings).run();
}
