# Run by weir_embed_console: writes OUT, which takes FOLDER's files into the binary by the assembler's .incbin (a compiler takes
# seconds for an array of as many bytes). Beside a file may lie the same with .gz and .br; a file that has them is
# taken plain only if it is small. PATHS is the JSON list of the addresses that show the console.
set(PLAIN_BYTES_MAX 16384)

file(GLOB_RECURSE files RELATIVE "${FOLDER}" "${FOLDER}/*")
list(FILTER files EXCLUDE REGEX "\\.(gz|br)$")
list(SORT files)

set(blobs "")
set(declarations "")
set(rows "")
set(count 0)

# Takes a file in, and sets ${view} to the C++ expression of its content; of one that is not there to an empty one.
function(take path view)
  set(${view} "{}" PARENT_SCOPE)
  if(NOT EXISTS "${path}")
    return()
  endif()
  set(symbol "weir_page_file_${count}")
  math(EXPR next "${count} + 1")
  set(count ${next} PARENT_SCOPE)
  file(SIZE "${path}" size)
  set(blobs "${blobs}    \".hidden ${symbol}\\n.globl ${symbol}\\n${symbol}: .incbin \\\"${path}\\\"\\n\"\n" PARENT_SCOPE)
  set(declarations "${declarations}extern \"C\" [[gnu::visibility(\"hidden\")]] const char ${symbol}[];\n" PARENT_SCOPE)
  set(${view} "{${symbol}, ${size}}" PARENT_SCOPE)
endfunction()

foreach(name IN LISTS files)
  file(SHA256 "${FOLDER}/${name}" digest)
  string(SUBSTRING "${digest}" 0 16 tag)
  file(SIZE "${FOLDER}/${name}" size)
  take("${FOLDER}/${name}.gz" gzip)
  take("${FOLDER}/${name}.br" brotli)
  set(plain "{}")
  if(size LESS_EQUAL PLAIN_BYTES_MAX OR NOT EXISTS "${FOLDER}/${name}.gz")
    take("${FOLDER}/${name}" plain)
  endif()
  string(APPEND rows "    {\"${name}\", \"${tag}\", ${size}, ${plain}, ${gzip}, ${brotli}},\n")
endforeach()

file(READ "${PATHS}" json)
string(JSON length LENGTH "${json}")
set(paths "")
math(EXPR last "${length} - 1")
foreach(i RANGE ${last})
  string(JSON path GET "${json}" ${i})
  string(APPEND paths "    \"${path}\",\n")
endforeach()

file(WRITE "${OUT}" "// Generated from ${FOLDER} and ${PATHS}.
#include \"api/pages/page_files.hpp\"

asm(\".pushsection .rodata\\n\"
${blobs}    \".popsection\\n\");

${declarations}
namespace weir::api {
namespace {
const PageFile kFiles[] = {
${rows}};

constexpr std::string_view kPaths[] = {
${paths}};
}  // namespace

std::span<const PageFile> page_files() { return kFiles; }
std::span<const std::string_view> page_paths() { return kPaths; }

}  // namespace weir::api
")
