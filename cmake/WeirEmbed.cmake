# weir_embed_console(<target>): takes the console, as scripts/build-console has built it, into the target, as the tables that
# api/pages/page_files.hpp declares.
set(WEIR_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake")

function(weir_embed_console target)
  set(folder "${PROJECT_SOURCE_DIR}/build/console")
  # Written last, and anew whenever a file is another.
  set(stamp "${PROJECT_SOURCE_DIR}/build/console.stamp")
  set(paths "${PROJECT_SOURCE_DIR}/console/src/paths.json")
  if(NOT EXISTS "${stamp}")
    message(FATAL_ERROR "The console is not built: run scripts/build-console, or build with scripts/build")
  endif()
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp")
  add_custom_command(
    OUTPUT "${generated}"
    COMMAND "${CMAKE_COMMAND}" -D "FOLDER=${folder}" -D "PATHS=${paths}" -D "OUT=${generated}" -P "${WEIR_EMBED_SCRIPT}"
    DEPENDS "${stamp}" "${paths}" "${WEIR_EMBED_SCRIPT}"
    COMMENT "Embedding the console"
    VERBATIM)
  target_sources(${target} PRIVATE "${generated}")
endfunction()

# weir_embed_workflow_examples(<target>): takes examples/workflows/ into the target, as the table that
# apps/workflow/model/examples.hpp declares.
set(WEIR_EMBED_EXAMPLES_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed_workflow_examples.cmake")

function(weir_embed_workflow_examples target)
  set(folder "${PROJECT_SOURCE_DIR}/examples/workflows")
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*.yaml")
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/workflow_examples.cpp")
  add_custom_command(
    OUTPUT "${generated}"
    COMMAND "${CMAKE_COMMAND}" -D "FOLDER=${folder}" -D "OUT=${generated}" -P "${WEIR_EMBED_EXAMPLES_SCRIPT}"
    DEPENDS ${files} "${WEIR_EMBED_EXAMPLES_SCRIPT}"
    COMMENT "Embedding the example workflows"
    VERBATIM)
  target_sources(${target} PRIVATE "${generated}")
endfunction()
