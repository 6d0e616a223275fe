# What others build on: headers, the AccelTargets export, and a Debian package.
include(CMakePackageConfigHelpers)

set(ACCEL_CMAKE_DIR lib/cmake/Accel)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/accel ${PROJECT_SOURCE_DIR}/include/accel-c
  DESTINATION include FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY ${PROJECT_BINARY_DIR}/include/accel DESTINATION include
  FILES_MATCHING PATTERN "*.inc" PATTERN "ShippedTargets.inc" EXCLUDE)
install(EXPORT AccelTargets NAMESPACE Accel:: DESTINATION ${ACCEL_CMAKE_DIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/AccelConfig.cmake.in
  ${PROJECT_BINARY_DIR}/AccelConfig.cmake INSTALL_DESTINATION ${ACCEL_CMAKE_DIR}
  PATH_VARS ACCEL_CMAKE_DIR)
# Before 1.0 every minor release may break what is built on it.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/AccelConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/AccelConfig.cmake ${PROJECT_BINARY_DIR}/AccelConfigVersion.cmake
  DESTINATION ${ACCEL_CMAKE_DIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/accel RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME accel)
set(CPACK_PACKAGE_VENDOR "Accel")
set(CPACK_PACKAGE_CONTACT "Accel developers <accel@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What shlibdeps cannot see: the tool and the runtime libraries of accel-sim's check, and Python's packages.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "python3-numpy")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
  "mlir-22-tools, python3-distributed, python3-matplotlib, python3-pandas, python3-yaml")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libmlir-22-dev, libgecode-dev")
include(CPack)
