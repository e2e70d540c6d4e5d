#include "common/options.hpp"

#include <cstdlib>

#include "common/fatal.hpp"

namespace weir::bench {

Options::Options(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--") {
      rest_.assign(argv + i + 1, argv + argc);
      return;
    }
    if (!word.starts_with("--")) {
      words_.push_back(word);
      continue;
    }
    if (i + 1 == argc) fatal(word + " needs a value");
    values_[word.substr(2)] = argv[++i];
  }
}

std::string Options::text(const std::string& name, const std::string& fallback) {
  read_.insert(name);
  auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

long Options::number(const std::string& name, long fallback) {
  std::string value = text(name, "");
  if (value.empty()) return fallback;
  char* end = nullptr;
  long result = std::strtol(value.c_str(), &end, 10);
  if (*end != '\0' || result < 0) fatal("--" + name + ": not a whole number: " + value);
  return result;
}

double Options::real(const std::string& name, double fallback) {
  std::string value = text(name, "");
  if (value.empty()) return fallback;
  char* end = nullptr;
  double result = std::strtod(value.c_str(), &end);
  if (*end != '\0' || result < 0) fatal("--" + name + ": not a number: " + value);
  return result;
}

bool Options::flag(const std::string& name) {
  std::string value = text(name, "no");
  if (value != "yes" && value != "no") fatal("--" + name + ": yes or no, not " + value);
  return value == "yes";
}

void Options::refuse_unknown() const {
  for (const auto& [name, value] : values_) {
    if (!read_.contains(name)) fatal("unknown option --" + name);
  }
}

}  // namespace weir::bench
