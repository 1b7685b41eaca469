# The oracle for request reading: llhttp 8, as Debian's node-llhttp ships its generated C. Where it is
# not installed, the tests do not compile and say so.
find_path(TOLLHOUSE_LLHTTP_HEADERS llhttp.h PATHS /usr/share/include/llhttp /usr/include)
find_path(TOLLHOUSE_LLHTTP_SOURCES llhttp.c PATHS /usr/share/llhttp)
find_program(TOLLHOUSE_C_COMPILER NAMES clang-19 clang gcc cc)
if(TOLLHOUSE_LLHTTP_HEADERS AND TOLLHOUSE_LLHTTP_SOURCES AND TOLLHOUSE_C_COMPILER)
  foreach(PART llhttp http api)
    set(OBJECT ${CMAKE_BINARY_DIR}/llhttp_${PART}.o)
    add_custom_command(OUTPUT ${OBJECT} VERBATIM
      COMMAND ${TOLLHOUSE_C_COMPILER} -O1 -fPIE -w -DLLHTTP_STRICT_MODE=1
              -I${TOLLHOUSE_LLHTTP_HEADERS} -c ${TOLLHOUSE_LLHTTP_SOURCES}/${PART}.c -o ${OBJECT}
      DEPENDS ${TOLLHOUSE_LLHTTP_SOURCES}/${PART}.c)
    target_sources(http_test PRIVATE ${OBJECT})
    set_source_files_properties(${OBJECT} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  endforeach()
  target_include_directories(http_test SYSTEM PRIVATE ${TOLLHOUSE_LLHTTP_HEADERS})
  target_compile_definitions(http_test PRIVATE TOLLHOUSE_LLHTTP=1)
endif()
