# SPDX-License-Identifier: Apache-2.0
# corsac_unit_test(NAME SOURCES file... LIBS target...): one Criterion program, one CTest entry.
# The properties make leaks and undefined behaviour fail the test: Criterion alone exits 0 on a leak.
function(corsac_unit_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/tests")
    target_compile_definitions(${name} PRIVATE CORSAC_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} PkgConfig::CRITERION corsac_warnings)
    add_test(NAME ${name} COMMAND ${name} --short-filename)
    corsac_test_properties(${name} ${ARG_TIMEOUT})
endfunction()

function(corsac_test_properties name timeout_seconds)
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${timeout_seconds}
        ENVIRONMENT "ASAN_OPTIONS=abort_on_error=1"
        FAIL_REGULAR_EXPRESSION "LeakSanitizer;runtime error:;WARNING: ThreadSanitizer")
endfunction()
