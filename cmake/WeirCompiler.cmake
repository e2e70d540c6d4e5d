# How everything is compiled: language, warnings, sanitizers, ccache, linker.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# The same objects make the binary and the shared library, which shows nothing but what include/weir marks
# (docs/decisions/embedding.md). Hidden symbols are what keeps position-independent code as fast.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

find_program(WEIR_CCACHE ccache)
if(WEIR_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${WEIR_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${WEIR_CCACHE}")
endif()

add_library(weir_compile_options INTERFACE)
target_compile_options(weir_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough
  -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A precompiled header must not be thrown away by ccache's hashing of its time stamp.
  target_compile_options(weir_compile_options INTERFACE -fpch-preprocess)
endif()
if(WEIR_OPTIMIZE_DEBUG)
  target_compile_options(weir_compile_options INTERFACE -O1)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(weir_compile_options INTERFACE -O2 -g1)
endif()

if(WEIR_SANITIZE)
  target_compile_options(weir_compile_options INTERFACE
    -fsanitize=${WEIR_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(weir_compile_options INTERFACE -fsanitize=${WEIR_SANITIZE})
endif()
if(WEIR_FUZZ)
  # Coverage everywhere; only the fuzz executables link the driver.
  target_compile_options(weir_compile_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(WEIR_MOLD mold)
if(WEIR_MOLD)
  target_link_options(weir_compile_options INTERFACE -fuse-ld=mold)
endif()
