#include "load/spawn.hpp"

#include <signal.h>
#include <unistd.h>

#include "common/fatal.hpp"

namespace weir::bench {

pid_t spawn(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = fork();
  if (child < 0) fatal_errno("fork");
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    // What is ignored stays so over exec, and a server may count on the default.
    signal(SIGPIPE, SIG_DFL);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  return child;
}

}  // namespace weir::bench
