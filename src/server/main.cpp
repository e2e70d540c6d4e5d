#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "server/commands.hpp"

/// jemalloc's options (docs/decisions/allocator.md): what was freed goes back to the system within
/// seconds, also when nobody allocates any more. Read before main.
extern "C" {
const char* malloc_conf = "background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
  using namespace weir;
  return cli::run_program(
      argc, argv,
      {server::add_serve, cli::add_pub, cli::add_sub, cli::add_topics, cli::add_doctor,
       server::add_backup, server::add_restore, server::add_inspect, server::add_token,
       server::add_operator, server::add_webhook_key, server::add_workflow, server::add_config,
       server::add_docs, cli::add_version});
}
