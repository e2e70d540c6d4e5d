# weir_layer(<name> DEPENDS <targets>... [PCH <headers>...])
#
# Makes the static library weir_<name> of this folder's sources and, with WEIR_TESTS, the test program
# weir_<name>_test of the *_test.cpp files beside them. A folder is a layer is a target is a namespace;
# DEPENDS therefore is the table of layers, and tests/layers_test holds the includes against it. The sources
# in a folder `testing` make weir_<name>_testing, for the tests of this layer and of those above.
function(weir_layer name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PCH" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  set(testing ${sources})
  list(FILTER sources EXCLUDE REGEX "/testing/")
  list(FILTER testing INCLUDE REGEX "/testing/")

  if(NOT sources)
    return()
  endif()
  add_library(weir_${name} STATIC ${sources})
  target_include_directories(weir_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(weir_${name} PUBLIC weir_compile_options ${ARG_DEPENDS})
  if(ARG_PCH)
    target_precompile_headers(weir_${name} PRIVATE ${ARG_PCH})
  endif()

  set(testing_library "")
  if(WEIR_TESTS AND testing)
    set(testing_library weir_${name}_testing)
    add_library(${testing_library} STATIC ${testing})
    target_link_libraries(${testing_library} PUBLIC weir_${name})
  endif()
  if(WEIR_TESTS AND tests)
    add_executable(weir_${name}_test ${tests})
    target_link_libraries(weir_${name}_test PRIVATE
      weir_${name} ${testing_library} GTest::gtest GTest::gmock GTest::gtest_main)
    target_compile_definitions(weir_${name}_test PRIVATE
      WEIR_TEST_VECTORS="${PROJECT_SOURCE_DIR}/tests/data")
    add_test(NAME unit_${name} COMMAND weir_${name}_test --gtest_brief=1)
  endif()
endfunction()
