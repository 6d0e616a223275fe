# Installs the build into a fresh prefix and uses what is there: the optimizer with
# a shipped target, the target files, the plugin.
#
# cmake -DBUILD=... -DPREFIX=... -DMODULE=... -DMLIR_OPT=... -P install.cmake
file(REMOVE_RECURSE ${PREFIX})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command}\nexit code ${result}\n${output}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX})
foreach(tool accel-opt accel-translate accel-sim)
  run(${PREFIX}/bin/${tool} --version)
endforeach()
run(${PREFIX}/bin/accel-opt ${MODULE} --accel-map=target=simple -o ${PREFIX}/by-name.mlir)
run(${PREFIX}/bin/accel-opt ${MODULE}
  --accel-map=target=${PREFIX}/share/accel/targets/simple.mlir -o ${PREFIX}/by-path.mlir)
run(${CMAKE_COMMAND} -E compare_files ${PREFIX}/by-name.mlir ${PREFIX}/by-path.mlir)
run(${MLIR_OPT} --load-dialect-plugin=${PREFIX}/lib/AccelPlugin.so
  --load-pass-plugin=${PREFIX}/lib/AccelPlugin.so
  "--pass-pipeline=builtin.module(accel-map{target=simple})" ${MODULE})
