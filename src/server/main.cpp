#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "server/commands.hpp"

int main(int argc, char** argv) {
  using namespace weir;
  return cli::run_program(argc, argv,
                          {server::add_serve, cli::add_pub, cli::add_sub, cli::add_topics,
                           server::add_config, server::add_docs, cli::add_version});
}
