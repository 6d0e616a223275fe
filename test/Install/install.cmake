# Installs the build into a fresh prefix and uses what is there: the optimizer with
# a shipped target, the target files, the plugin, Python, and a project on top of it.
#
# cmake -DBUILD=... -DPREFIX=... -DMODULE=... -DMLIR_OPT=... -DPYTHON=... -DEXAMPLE=...
#   -DCC=... -DCXX=... -DLAUNCHER=... -P install.cmake
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

# Python from the prefix, without the source tree.
set(ENV{PYTHONPATH} ${PREFIX}/lib/python3/dist-packages)
run(${PYTHON} -c "
import accel, pathlib, sys
assert pathlib.Path(accel.__file__).is_relative_to('${PREFIX}'), accel.__file__
report = accel.map('${MODULE}', target='simple')
report.save_html('${PREFIX}/report.html')
program = accel.compile('${MODULE}')
assert program.inputs
")
run(${PYTHON} -m accel plot energy --help)
unset(ENV{PYTHONPATH})

# A project that finds the installation, with its own pass and pipeline.
file(REMOVE_RECURSE ${PREFIX}-example)
run(${CMAKE_COMMAND} -S ${EXAMPLE} -B ${PREFIX}-example -G Ninja -DCMAKE_BUILD_TYPE=Debug
  -DCMAKE_PREFIX_PATH=${PREFIX} -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_COMPILER=${CXX}
  -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld-22)
run(${CMAKE_COMMAND} --build ${PREFIX}-example)
execute_process(COMMAND ${PREFIX}-example/my-opt ${MODULE} --my-compiler -o ${PREFIX}/mine.mlir
  RESULT_VARIABLE result ERROR_VARIABLE said)
if(NOT result EQUAL 0 OR NOT said MATCHES "remark: takes [0-9]+ % of the time")
  message(FATAL_ERROR "my-opt: exit code ${result}\n${said}")
endif()
file(READ ${PREFIX}/mine.mlir mapped)
if(NOT mapped MATCHES "accel.mapping = #accel.mapping<")
  message(FATAL_ERROR "my-opt did not map:\n${mapped}")
endif()
