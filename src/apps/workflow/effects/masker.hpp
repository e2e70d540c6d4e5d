#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::apps::workflow {

/// Puts `***` in the place of secrets, wherever an attempt speaks: of a value itself, and of the
/// forms in which it travels: escaped in JSON, percent-encoded, as a form's field, in base64 and
/// base64url, alone or inside of a longer text (as in `Authorization: Basic`), and the lines of one
/// that has several. It cannot know what a command makes of a secret otherwise, such as its letters
/// one by one. Immutable; any thread.
class Masker {
 public:
  /// A shorter value is not masked: it would be found everywhere.
  static constexpr std::size_t kValueBytesMin = 4;
  static constexpr std::string_view kMask = "***";

  explicit Masker(const std::vector<std::string>& values);

  bool empty() const { return forms_.empty(); }

  std::string mask(std::string_view text) const;
  /// Every string in it, the names of members included, and numbers that hold a secret.
  void mask(boost::json::value& value) const;

 private:
  friend class MaskedStream;

  void add(std::string form, std::size_t bytes_min);
  void add_base64(std::string_view value);
  /// Appends what is certain to `out` and returns how many bytes that took: the rest may be the
  /// beginning of a secret, unless the text ends here.
  std::size_t scan(std::string_view text, bool ends, std::string& out) const;

  std::vector<std::string> forms_;  ///< The longest first.
  std::array<bool, 256> begins_{};  ///< Whether a form begins with the byte.
};

/// The same for a text that comes in pieces, cut anywhere: what may be the beginning of a secret
/// waits for the next piece. One thread; the masker outlives it.
class MaskedStream {
 public:
  explicit MaskedStream(const Masker& masker) : masker_(&masker) {}

  void feed(std::string_view piece, std::string& out);
  /// The text ends here.
  void finish(std::string& out);

 private:
  const Masker* masker_;
  std::string held_;
};

}  // namespace weir::apps::workflow
