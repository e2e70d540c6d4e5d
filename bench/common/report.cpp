#include "common/report.hpp"

#include <cmath>
#include <cstdio>

namespace weir::bench {
namespace {

std::string quoted(const std::string& value) {
  std::string result = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      result += escape;
    } else {
      result += c;
    }
  }
  return result + '"';
}

}  // namespace

void Report::add_name(const std::string& name) {
  if (!text_.empty()) text_ += ',';
  text_ += quoted(name) + ':';
}

void Report::add(const std::string& name, const std::string& value) {
  add_name(name);
  text_ += quoted(value);
}

void Report::add(const std::string& name, double value) {
  add_name(name);
  if (!std::isfinite(value)) {
    text_ += "null";
    return;
  }
  char number[64];
  std::snprintf(number, sizeof number, "%.6g", value);
  text_ += number;
}

void Report::add(const std::string& name, int64_t value) {
  add_name(name);
  text_ += std::to_string(value);
}

void Report::print() const {
  std::printf("{%s}\n", text_.c_str());
  std::fflush(stdout);
}

}  // namespace weir::bench
