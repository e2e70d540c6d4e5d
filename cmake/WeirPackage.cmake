# What is installed, and the Debian package of it: scripts/package makes build/package/weir_VERSION_ARCH.deb.
include(GNUInstallDirs)

# The server is what is packaged; a program that is built on it wants the other component.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME server)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};weir;server;/")
if(TARGET weir_library)
  include(WeirDevelopment)
endif()

install(TARGETS weir RUNTIME DESTINATION bin)
install(FILES deploy/systemd/weir.service DESTINATION lib/systemd/system)
install(FILES deploy/systemd/weir.sysusers DESTINATION lib/sysusers.d RENAME weir.conf)
install(FILES deploy/weir.toml DESTINATION /etc/weir)
install(DIRECTORY docs/ DESTINATION share/doc/weir FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN decisions EXCLUDE)
install(FILES deploy/debian/copyright DESTINATION share/doc/weir)
install(
  FILES deploy/nginx/weir.conf deploy/caddy/Caddyfile deploy/haproxy/haproxy.cfg deploy/grafana/weir.json
        deploy/systemd/weir.socket
  DESTINATION share/doc/weir/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME weir)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_VENDOR "The Weir project")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "real-time event server with durable topics")
set(CPACK_PACKAGE_DESCRIPTION
    "Weir streams events to browsers and programs over HTTP. A topic is a durable\nlog, a subscriber is a cursor in it: what is acknowledged is on the disk, and\na client that comes back gets every later event once.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(WEIR_MAINTAINER "The Weir project <weir@localhost>" CACHE STRING "Who answers for the package")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${WEIR_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# The shared libraries with the versions that the binary was linked against, as dpkg-shlibdeps finds them.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nginx | caddy | haproxy")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/deploy/debian/conffiles;${PROJECT_SOURCE_DIR}/deploy/debian/postinst;${PROJECT_SOURCE_DIR}/deploy/debian/prerm;${PROJECT_SOURCE_DIR}/deploy/debian/postrm")
include(CPack)
