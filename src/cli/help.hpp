#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace weir::cli {

/// `text` broken at spaces into lines of at most `width` columns, each after `indent` spaces; its
/// own line ends stay. Ends with a line end.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 90);

/// Help in which long sentences are wrapped under their option instead of running out of the
/// window.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
};

}  // namespace weir::cli
