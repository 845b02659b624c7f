# SPDX-License-Identifier: Apache-2.0
# What compiler and linker can do against memory errors that tests did not find, for optimised builds (Release,
# RelWithDebInfo, MinSizeRel). Not beside sanitizers, which check the same places themselves.
# tests/hardening looks for each of these in the binaries.
include(CheckCCompilerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
option(CORSAC_HARDEN "Fortify, stack and control-flow protection in optimised builds" ON)

if(CORSAC_HARDEN AND NOT CORSAC_SANITIZE)
    set(optimised "$<CONFIG:Release,RelWithDebInfo,MinSizeRel>")
    foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
            -mbranch-protection=standard)
        string(MAKE_C_IDENTIFIER "CORSAC_HAVE${flag}" known)
        check_c_compiler_flag("${flag} -Werror" ${known})
        if(${known})
            add_compile_options("$<${optimised}:${flag}>")
        endif()
    endforeach()
    # Level 3 counts sizes known at run time; libc falls back to 2 where the compiler cannot.
    add_compile_options("$<${optimised}:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
    add_link_options("$<${optimised}:-Wl,-z,relro,-z,now,-z,noexecstack>")
endif()
