#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace weir::api {

/// A file of the console, as scripts/build-console made it. Everything has static lifetime.
struct PageFile {
  std::string_view name;  ///< From the root: "index.html", "assets/index-BH5NqXLZ.js".
  std::string_view tag;   ///< Made of the content.
  std::size_t size = 0;   ///< Of the content, in bytes.
  /// The content; each is empty where it was not worth its place. At least one of `plain` and
  /// `gzip` is there.
  std::string_view plain;
  std::string_view gzip;
  std::string_view brotli;
};

/// All of them, ordered by name. The build writes the definition (cmake/embed_files.cmake).
std::span<const PageFile> page_files();

/// The addresses that show the console: of console/src/paths.json. One that ends in '/' stands for
/// all below it.
std::span<const std::string_view> page_paths();

}  // namespace weir::api
