# Builds the Debian package, checks what it says of itself, unpacks it, and uses what is in it.
#
# cmake -DBUILD=... -DOUT=... -DMODULE=... -DPYTHON=... -P package.cmake
file(REMOVE_RECURSE ${OUT})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)
  if(NOT result EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command}\nexit code ${result}\n${output}${error}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

get_filename_component(bin ${CMAKE_COMMAND} DIRECTORY)
run(${bin}/cpack --config ${BUILD}/CPackConfig.cmake -B ${OUT} -G DEB
  -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip)
file(GLOB package ${OUT}/accel_*.deb)

run(dpkg-deb --field ${package} Depends)
foreach(needed libmlir-22 libgecode libc6 python3-numpy)
  if(NOT output MATCHES "${needed}")
    message(FATAL_ERROR "package does not depend on ${needed}: ${output}")
  endif()
endforeach()
if(output MATCHES "-dev")
  message(FATAL_ERROR "package depends on development files: ${output}")
endif()

run(dpkg-deb --extract ${package} ${OUT}/root)
file(STRINGS ${BUILD}/CMakeCache.txt source REGEX "^CMAKE_HOME_DIRECTORY:")
string(REGEX REPLACE ".*=" "" source ${source})
set(ENV{LD_LIBRARY_PATH} ${OUT}/root/usr/lib)
run(${OUT}/root/usr/bin/accel-opt ${MODULE} --accel-compile=target=vta -o ${OUT}/program.mlir)
run(${OUT}/root/usr/bin/accel-translate --accel-to-vta ${OUT}/program.mlir -o ${OUT}/program)
run(${OUT}/root/usr/bin/accel-sim ${OUT}/program --timing-only)
set(ENV{PYTHONPATH} ${OUT}/root/usr/lib/python3/dist-packages)
run(${PYTHON} -c "import accel; assert accel.map('${MODULE}', target='simple').function().energy_j > 0")

# Nothing in it knows where it was built.
execute_process(COMMAND grep -rIl "${source}" ${OUT}/root OUTPUT_VARIABLE found)
if(found)
  message(FATAL_ERROR "these name the source folder:\n${found}")
endif()
