# Helpers that declare Accel's libraries, tools and tests.
#
# MLIR's own add_mlir_* functions append to MLIR's export set and so break
# find_package(MLIR) for projects that use us; these keep to AccelTargets.

# Foreign headers dominate compile time. Each kind of precompiled header is built
# once and serves every library, tool or test that includes its headers:
#   AccelPch       standard library and LLVM's ADT
#   AccelMLIRPch   and MLIR
#   AccelTestPch   the standard library, LLVM's ADT and GoogleTest
set(ACCEL_PLAIN_HEADERS
  <algorithm> <cmath> <functional> <limits> <map> <memory> <numeric> <optional> <random> <set>
  <string> <tuple> <variant> <vector>
  <llvm/ADT/ArrayRef.h> <llvm/ADT/DenseMap.h> <llvm/ADT/STLExtras.h> <llvm/ADT/SmallVector.h>
  <llvm/ADT/StringExtras.h> <llvm/ADT/StringMap.h> <llvm/ADT/StringRef.h> <llvm/ADT/StringSet.h>
  <llvm/Support/Error.h> <llvm/Support/FormatVariadic.h> <llvm/Support/JSON.h>
  <llvm/Support/raw_ostream.h>)
set(AccelPch_HEADERS ${ACCEL_PLAIN_HEADERS})
set(AccelTestPch_HEADERS ${ACCEL_PLAIN_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
set(AccelTestPch_LIBRARIES GTest::gtest GTest::gmock)
set(AccelMLIRPch_HEADERS
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

function(accel_use_pch target pch)
  if(NOT TARGET ${pch})
    file(WRITE ${PROJECT_BINARY_DIR}/${pch}.cpp "// Carries precompiled headers.\n")
    add_library(${pch} OBJECT ${PROJECT_BINARY_DIR}/${pch}.cpp)
    target_compile_options(${pch} PRIVATE
      -fPIC -fpch-instantiate-templates "SHELL:-Xclang -fno-pch-timestamp")
    set_target_properties(${pch} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_link_libraries(${pch} PRIVATE ${${pch}_LIBRARIES})
    target_precompile_headers(${pch} PRIVATE ${${pch}_HEADERS})
  endif()
  # Executables would compile as PIE, which the shared header is not.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()

# Gives an executable of a sanitizer build the options that all of them need.
function(accel_use_sanitizer_options target)
  if(ACCEL_SANITIZE)
    if(NOT TARGET AccelSanitizerOptions)
      add_library(AccelSanitizerOptions OBJECT ${PROJECT_SOURCE_DIR}/cmake/SanitizerOptions.c)
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:AccelSanitizerOptions>)
  endif()
endfunction()

# add_accel_library(<name> <sources>... [MLIR] [DEPENDS ...] [LINK ...])
#
# MLIR: the library includes MLIR headers (linked to the dylib only).
function(add_accel_library name)
  cmake_parse_arguments(ARG "MLIR" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} LLVM)
  if(ARG_MLIR)
    target_link_libraries(${name} PUBLIC MLIR)
    accel_use_pch(${name} AccelMLIRPch)
  else()
    accel_use_pch(${name} AccelPch)
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
  accel_use_sanitizer_options(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  if(ARG_MLIR)
    target_link_libraries(${name} PRIVATE MLIR)
    accel_use_pch(${name} AccelMLIRPch)
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
  accel_use_sanitizer_options(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/test/Unit)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
  if(ARG_MLIR)
    target_link_libraries(${name} PRIVATE MLIR)
    accel_use_pch(${name} AccelMLIRPch)
  else()
    accel_use_pch(${name} AccelTestPch)
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

# add_accel_slow_test(<name> <binary> <gtest filter> <variable>=<size>...)
#
# A unit test's binary once more, with more cases than by default (TestSize.h).
function(add_accel_slow_test name binary filter)
  add_test(NAME ${name} COMMAND ${binary} --gtest_brief=1 --gtest_filter=${filter})
  set_tests_properties(${name} PROPERTIES LABELS slow ENVIRONMENT "${ARGN}")
endfunction()
