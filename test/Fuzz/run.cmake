# A short run of one fuzzer, from a checked-in corpus.
#
# cmake -DFUZZER=... -DFINDS=... -DCORPUS=... -P run.cmake
file(REMOVE_RECURSE ${FINDS})
file(MAKE_DIRECTORY ${FINDS})
file(GLOB inputs ${CORPUS}/*)
if(NOT inputs)
  message(FATAL_ERROR "corpus ${CORPUS} is empty")
endif()
execute_process(
  COMMAND ${FUZZER} -seed=1 -runs=20000 -max_total_time=8 -timeout=5 -rss_limit_mb=2048
    -artifact_prefix=${FINDS}/crash- ${FINDS} ${CORPUS}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "exit code ${result}\n${output}")
endif()
string(REGEX MATCH "Done [0-9]+ runs[^\n]*" done "${output}")
message("${done}")
