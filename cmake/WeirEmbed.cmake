# weir_embed(<target> <folder>): builds the folder's files into the target, as the table that
# api/pages/page_files.hpp declares. Bytes in an array, because that is the one way that every compiler and
# linker takes alike.
set(WEIR_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake")

function(weir_embed target folder)
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*")
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp")
  add_custom_command(
    OUTPUT "${generated}"
    COMMAND "${CMAKE_COMMAND}" -D "FOLDER=${folder}" -D "OUT=${generated}" -P "${WEIR_EMBED_SCRIPT}"
    DEPENDS ${files} "${WEIR_EMBED_SCRIPT}"
    COMMENT "Embedding the files of ${folder}"
    VERBATIM)
  target_sources(${target} PRIVATE "${generated}")
endfunction()
