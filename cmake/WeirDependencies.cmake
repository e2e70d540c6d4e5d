# Every library that Weir links, in one place. `scripts/packages.txt` names the Debian packages.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG COMPONENTS json url)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(date REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)

# The binary's allocator; a sanitizer brings its own.
if(NOT WEIR_SANITIZE)
  find_library(WEIR_ALLOCATOR jemalloc REQUIRED)
endif()
if(WEIR_TESTS)
  find_package(GTest REQUIRED)
endif()

# Asio and Beast are compiled once, in src/net/asio.cpp, instead of in every file that uses them.
add_library(weir_asio_options INTERFACE)
target_compile_definitions(weir_asio_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(weir_asio_options INTERFACE Boost::headers Threads::Threads)
