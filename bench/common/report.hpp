#pragma once

#include <cstdint>
#include <string>

namespace weir::bench {

// One flat JSON object on one line: what every program of the suite prints, for `bench/runner` to
// read.
class Report {
 public:
  void add(const std::string& name, const std::string& value);
  void add(const std::string& name, const char* value) { add(name, std::string(value)); }
  void add(const std::string& name, double value);
  void add(const std::string& name, int64_t value);
  void add(const std::string& name, uint64_t value) { add(name, static_cast<int64_t>(value)); }
  void add(const std::string& name, int value) { add(name, int64_t{value}); }

  // Writes the line to stdout and flushes it.
  void print() const;

 private:
  void add_name(const std::string& name);
  std::string text_;
};

}  // namespace weir::bench
