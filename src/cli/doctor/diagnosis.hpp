#pragma once

#include <string>
#include <vector>

#include "cli/doctor/measurements.hpp"

namespace weir::cli {

enum class Ailment {
  kUnreachable,
  kNoStream,
  kHeld,
  kCompressionHolds,
  kCompressed,
  kCut,
  kCutLate,
  kLoss,
  kCached,
  kOldHttp,
  kOldHttpToServer,
  kFewConnections,
  kSixConnections,
  kSlowStart,
};

/// What is wrong with the way, or could be better, in words for the person who can change it.
struct Finding {
  Ailment ailment;
  std::string name;                ///< Stable, for programs: "held".
  bool problem;                    ///< Streams suffer; else it is advice.
  std::string text;                ///< One sentence or two.
  std::vector<std::string> cures;  ///< "nginx: …", the likely one first.
};

/// The judgement over what was measured. Does no I/O.
std::vector<Finding> diagnose(const Measurements& found);
bool healthy(const std::vector<Finding>& findings);

std::string product_name(Product product);

/// Which product the answer's headers speak of.
Product product_of(std::string_view server, std::string_view via, bool has_cf_ray);

}  // namespace weir::cli
