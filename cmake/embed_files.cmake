# Run by weir_embed: writes FOLDER's files as byte arrays to OUT, each with its SHA-256 as its tag.
file(GLOB files "${FOLDER}/*")
list(SORT files)

set(arrays "")
set(rows "")
foreach(path IN LISTS files)
  get_filename_component(name "${path}" NAME)
  file(READ "${path}" hex HEX)
  file(SHA256 "${path}" digest)
  string(SUBSTRING "${digest}" 0 16 tag)
  string(MAKE_C_IDENTIFIER "${name}" identifier)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "constexpr char ${identifier}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", \"\\\"${tag}\\\"\", {${identifier}, sizeof ${identifier}}},\n")
endforeach()

file(WRITE "${OUT}" "// Generated from ${FOLDER}.
#include \"api/pages/page_files.hpp\"

namespace weir::api {
namespace {
${arrays}
constexpr PageFile kFiles[] = {
${rows}};
}  // namespace

std::span<const PageFile> page_files() { return kFiles; }

}  // namespace weir::api
")
