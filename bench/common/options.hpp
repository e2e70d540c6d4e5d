#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace weir::bench {

// Command line of the form `word --name value --name value [-- rest...]`. Every option has a value.
// A name that no code asked for is an error, found by `refuse_unknown()` after all have been read.
class Options {
 public:
  Options(int argc, char** argv);

  // The words before the first option: the scenario's name.
  const std::vector<std::string>& words() const { return words_; }
  // What follows `--`, untouched.
  const std::vector<std::string>& rest() const { return rest_; }

  std::string text(const std::string& name, const std::string& fallback);
  long number(const std::string& name, long fallback);
  double real(const std::string& name, double fallback);
  bool flag(const std::string& name);  // `--name yes|no`

  // Ends the program when an option was given that nothing read.
  void refuse_unknown() const;

 private:
  std::vector<std::string> words_;
  std::vector<std::string> rest_;
  std::map<std::string, std::string> values_;
  std::set<std::string> read_;
};

}  // namespace weir::bench
