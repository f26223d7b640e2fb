# What every folder of src/ is built with: one static library, its tests beside the code, warnings as errors.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
  # Lets one cache serve every checkout and preset, also with precompiled headers.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  # Else a header's time is in the precompiled one, and what another checkout has compiled is of no use here.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

option(PINFLOW_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(PINFLOW_TSAN "ThreadSanitizer" OFF)
option(PINFLOW_TESTS "build the unit tests" ON)
option(PINFLOW_FUZZ "build the fuzz targets (libFuzzer)" OFF)
# Headers and templates are then compiled once for eight files. A folder's files share one anonymous namespace so, and
# a name that two of them have is an error: it is mostly something that both should have from one place.
option(PINFLOW_UNITY "compile a folder's files eight at a time: less work for all of them, more for one" ON)
set(CMAKE_UNITY_BUILD ${PINFLOW_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

add_library(pinflow_options INTERFACE)
target_compile_options(pinflow_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual
  -Wextra-semi -Wimplicit-fallthrough -Wno-missing-field-initializers)
target_include_directories(pinflow_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(pinflow_options INTERFACE PINFLOW_VERSION="${PROJECT_VERSION}")
if(PINFLOW_SANITIZE)
  target_compile_options(pinflow_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                         -fno-omit-frame-pointer)
  target_link_options(pinflow_options INTERFACE -fsanitize=address,undefined)
endif()
if(PINFLOW_TSAN)
  target_compile_options(pinflow_options INTERFACE -fsanitize=thread)
  target_link_options(pinflow_options INTERFACE -fsanitize=thread)
endif()
if(PINFLOW_FUZZ)
  target_compile_options(pinflow_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_options(pinflow_options INTERFACE -fuse-ld=lld-19)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(pinflow_options INTERFACE -march=x86-64-v3 -fno-plt)
endif()

# pinflow_library(log SOURCES a.cpp b.cpp TESTS a_test.cpp FUZZ a_fuzz.cpp USES pinflow_base zstd …)
# SLOW: its tests take longest: they begin first, in three parts, so that no core waits for another at the end.
# Makes the library pinflow_log, the test binary log_test and one fuzz binary a FUZZ file.
function(pinflow_library folder)
  cmake_parse_arguments(arg "SLOW" "" "SOURCES;TESTS;FUZZ;USES;TEST_USES" ${ARGN})
  add_library(pinflow_${folder} STATIC ${arg_SOURCES})
  target_link_libraries(pinflow_${folder} PUBLIC pinflow_options ${arg_USES})
  target_precompile_headers(pinflow_${folder} PRIVATE ${CMAKE_SOURCE_DIR}/src/precompiled.h)
  if(arg_TESTS AND PINFLOW_TESTS)
    add_executable(${folder}_test ${arg_TESTS})
    target_link_libraries(${folder}_test PRIVATE pinflow_${folder} GTest::gmock GTest::gtest_main ${arg_TEST_USES})
    target_precompile_headers(${folder}_test PRIVATE ${CMAKE_SOURCE_DIR}/src/precompiled_test.h)
    target_compile_definitions(${folder}_test PRIVATE PINFLOW_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    # Tests compile twice as fast that way, and what they try is optimised all the same.
    target_compile_options(${folder}_test PRIVATE $<$<CONFIG:Debug>:-O0>)
    set(parts 0)
    if(arg_SLOW)
      set(parts 0 1 2)
    endif()
    list(LENGTH parts count)
    foreach(part ${parts})
      if(arg_SLOW)
        set(name ${folder}_${part})
      else()
        set(name ${folder})
      endif()
      add_test(NAME ${name} COMMAND ${folder}_test --gtest_brief=1
        --gtest_output=xml:${CMAKE_BINARY_DIR}/reports/${name}.xml)
      set_tests_properties(${name} PROPERTIES TIMEOUT 900 COST ${count} ENVIRONMENT "GTEST_TOTAL_SHARDS=${count};\
GTEST_SHARD_INDEX=${part};LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/lsan.supp;UBSAN_OPTIONS=print_stacktrace=1")
    endforeach()
  endif()
  if(PINFLOW_FUZZ)
    foreach(file ${arg_FUZZ})
      cmake_path(GET file STEM name)
      add_executable(${name} ${file})
      target_link_libraries(${name} PRIVATE pinflow_${folder} ${arg_TEST_USES})
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
      target_compile_definitions(${name} PRIVATE PINFLOW_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    endforeach()
  endif()
endfunction()
