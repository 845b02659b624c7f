# SPDX-License-Identifier: Apache-2.0
# CORSAC_SANITIZE is one string because sanitizers combine or exclude one another as a whole.
if(CORSAC_SANITIZE)
    add_compile_options(-fsanitize=${CORSAC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${CORSAC_SANITIZE})
endif()

# libFuzzer steers by the coverage of the code under test, so all of it is instrumented, not the targets alone.
set(CORSAC_HAVE_LIBFUZZER OFF)
if(CORSAC_BUILD_FUZZ)
    include(CheckCSourceCompiles)
    set(CMAKE_REQUIRED_FLAGS "-fsanitize=fuzzer")
    check_c_source_compiles("int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) {
        return data == 0 && size == 1; }" CORSAC_COMPILES_LIBFUZZER)
    unset(CMAKE_REQUIRED_FLAGS)
    if(CORSAC_COMPILES_LIBFUZZER)
        set(CORSAC_HAVE_LIBFUZZER ON)
        add_compile_options(-fsanitize=fuzzer-no-link)
    endif()
endif()
