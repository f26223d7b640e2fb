# Finds DuckDB (target DuckDB::DuckDB): the system's, or else the pinned one that fetch_duckdb.py brings.
# -DDUCKDB_ROOT=DIR names another installation.
set(fetched ${CMAKE_SOURCE_DIR}/build/duckdb)
find_path(DuckDB_INCLUDE_DIR duckdb.h HINTS ${DUCKDB_ROOT}/include ${fetched}/include)
find_library(DuckDB_LIBRARY duckdb HINTS ${DUCKDB_ROOT}/lib ${fetched}/lib)
if(NOT DuckDB_INCLUDE_DIR OR NOT DuckDB_LIBRARY)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/fetch_duckdb.py ${fetched}
                  COMMAND_ERROR_IS_FATAL ANY)
  find_path(DuckDB_INCLUDE_DIR duckdb.h HINTS ${fetched}/include)
  find_library(DuckDB_LIBRARY duckdb HINTS ${fetched}/lib)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR)
if(DuckDB_FOUND AND NOT TARGET DuckDB::DuckDB)
  add_library(DuckDB::DuckDB SHARED IMPORTED)
  set_target_properties(DuckDB::DuckDB PROPERTIES IMPORTED_LOCATION ${DuckDB_LIBRARY}
    IMPORTED_NO_SONAME ON INTERFACE_INCLUDE_DIRECTORIES ${DuckDB_INCLUDE_DIR})
  get_filename_component(DuckDB_FOLDER ${DuckDB_LIBRARY} DIRECTORY)
  set_target_properties(DuckDB::DuckDB PROPERTIES INTERFACE_LINK_OPTIONS "-Wl,-rpath,${DuckDB_FOLDER}")
endif()
