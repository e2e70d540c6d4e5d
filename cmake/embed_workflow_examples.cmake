# Run by weir_embed_workflow_examples: writes OUT, which takes FOLDER's *.yaml into the binary by the assembler's .incbin, as the
# table that apps/workflow/model/examples.hpp declares.
file(GLOB files RELATIVE "${FOLDER}" "${FOLDER}/*.yaml")
list(SORT files)

set(blobs "")
set(declarations "")
set(rows "")
set(count 0)
foreach(name IN LISTS files)
  set(symbol "weir_workflow_example_${count}")
  math(EXPR count "${count} + 1")
  file(SIZE "${FOLDER}/${name}" size)
  string(REGEX REPLACE "\\.yaml$" "" id "${name}")
  string(APPEND blobs "    \".hidden ${symbol}\\n.globl ${symbol}\\n${symbol}: .incbin \\\"${FOLDER}/${name}\\\"\\n\"\n")
  string(APPEND declarations "extern \"C\" [[gnu::visibility(\"hidden\")]] const char ${symbol}[];\n")
  string(APPEND rows "    {\"${id}\", {${symbol}, ${size}}},\n")
endforeach()

file(WRITE "${OUT}" "// Generated from ${FOLDER}.
#include \"apps/workflow/model/examples.hpp\"

asm(\".pushsection .rodata\\n\"
${blobs}    \".popsection\\n\");

${declarations}
namespace weir::apps::workflow {
namespace {
const Example kExamples[] = {
${rows}};
}  // namespace

std::span<const Example> examples() { return kExamples; }

}  // namespace weir::apps::workflow
")
