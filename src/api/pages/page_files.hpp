#pragma once

#include <span>
#include <string_view>

namespace weir::api {

/// A file of src/api/pages/web, as it was when the binary was built. Everything has static
/// lifetime.
struct PageFile {
  std::string_view name;  ///< Without a folder: "index.html".
  std::string_view etag;  ///< An entity tag with its quotes, made of the content.
  std::string_view body;
};

/// All of them, ordered by name. The build writes the definition (cmake/embed_files.cmake).
std::span<const PageFile> page_files();

}  // namespace weir::api
