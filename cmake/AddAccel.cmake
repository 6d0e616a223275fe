# Helpers that declare Accel's libraries, tools and tests.
#
# MLIR's own add_mlir_* functions append to MLIR's export set and so break
# find_package(MLIR) for projects that use us; these keep to AccelTargets.

# MLIR headers dominate compile time: one precompiled header serves every
# library and tool that includes MLIR.
function(accel_use_mlir_pch target)
  if(NOT TARGET AccelMLIRPch)
    file(WRITE ${PROJECT_BINARY_DIR}/AccelMLIRPch.cpp "// Carries the precompiled MLIR headers.\n")
    add_library(AccelMLIRPch OBJECT ${PROJECT_BINARY_DIR}/AccelMLIRPch.cpp)
    target_compile_options(AccelMLIRPch PRIVATE 
      -fPIC -fpch-instantiate-templates "SHELL:-Xclang -fno-pch-timestamp")
    set_target_properties(AccelMLIRPch PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_precompile_headers(AccelMLIRPch PRIVATE
      <mlir/Dialect/Affine/IR/AffineOps.h>
      <mlir/Dialect/Arith/IR/Arith.h>
      <mlir/Dialect/Bufferization/IR/Bufferization.h>
      <mlir/Dialect/Func/IR/FuncOps.h>
      <mlir/Dialect/Linalg/IR/Linalg.h>
      <mlir/Dialect/MemRef/IR/MemRef.h>
      <mlir/Dialect/SCF/IR/SCF.h>
      <mlir/Dialect/Tensor/IR/Tensor.h>
      <mlir/IR/Builders.h>
      <mlir/IR/BuiltinOps.h>
      <mlir/IR/PatternMatch.h>
      <mlir/Pass/Pass.h>)
  endif()
  # Executables would compile as PIE, which the shared header is not.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM AccelMLIRPch)
endfunction()

# add_accel_library(<name> <sources>... [MLIR] [EXCEPTIONS] [DEPENDS ...] [LINK ...])
#
# MLIR: the library includes MLIR headers (linked to the dylib only).
# EXCEPTIONS: compiled with exceptions, for libraries like Gecode that throw.
function(add_accel_library name)
  cmake_parse_arguments(ARG "MLIR;EXCEPTIONS" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} LLVM)
  if(ARG_EXCEPTIONS)
    target_compile_options(${name} PRIVATE -fexceptions)
  endif()
  if(ARG_MLIR)
    target_link_libraries(${name} PUBLIC MLIR)
    if(NOT ARG_EXCEPTIONS)
      accel_use_mlir_pch(${name})
    endif()
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${name} EXPORT AccelTargets ARCHIVE DESTINATION lib/accel)
endfunction()

# add_accel_tool(<name> <sources>... [MLIR] [LINK ...])
function(add_accel_tool name)
  cmake_parse_arguments(ARG "MLIR" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  if(ARG_MLIR)
    target_link_libraries(${name} PRIVATE MLIR)
    accel_use_mlir_pch(${name})
  endif()
  target_link_libraries(${name} PRIVATE LLVM)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# add_accel_unit_test(<name> <sources>... [MLIR] [SLOW] [LINK ...])
#
# One GoogleTest binary, registered with ctest under its own name; SLOW puts
# it under the label `slow`, which `make test` leaves out.
function(add_accel_unit_test name)
  cmake_parse_arguments(ARG "MLIR;SLOW" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
  if(ARG_MLIR)
    target_link_libraries(${name} PRIVATE MLIR)
    accel_use_mlir_pch(${name})
  endif()
  target_link_libraries(${name} PRIVATE LLVM)
  target_compile_definitions(${name} PRIVATE
    ACCEL_TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}/test"
    ACCEL_TARGETS_DIR="${PROJECT_SOURCE_DIR}/targets")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/Unit)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  if(ARG_SLOW)
    set_tests_properties(${name} PROPERTIES LABELS slow)
  endif()
endfunction()
