#include "cli/program.hpp"
#include "server/commands.hpp"

int main(int argc, char** argv) {
  using namespace weir;
  return cli::run_program(
      argc, argv, {server::add_serve, server::add_config, server::add_docs, cli::add_version});
}
