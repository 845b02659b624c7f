# SPDX-License-Identifier: Apache-2.0
# corsac_libraries(HALF OUTPUT_NAME n ROOMS r... HEADERS h... NEEDS t... INSTALLED_NEEDS t...): one half of Corsac
# as libraries, static (corsac_HALF) and shared (corsac_HALF_shared), of the same objects.
#
# Each library is whole: libcorsac-compiler contains the engine. So a program links exactly one of them, and with
# it exactly one of Hyperscan's two libraries (libhs_runtime to evaluate, libhs to compile and evaluate), which
# must not meet in one process. Naming both halves in one link is an error at configure time.
option(CORSAC_BUILD_SHARED "Build the shared libraries beside the static ones" ON)
if(CORSAC_SANITIZE)
    set(CORSAC_BUILD_SHARED OFF) # a sanitizer's run time belongs to the program
endif()

function(corsac_libraries half)
    cmake_parse_arguments(ARG "" "OUTPUT_NAME" "ROOMS;HEADERS;NEEDS;INSTALLED_NEEDS" ${ARGN})
    add_library(corsac_${half} STATIC)
    add_library(corsac::${half} ALIAS corsac_${half})
    set(targets corsac_${half})
    set_target_properties(corsac_${half} PROPERTIES EXPORT_NAME ${half}_static)
    target_link_libraries(corsac_${half} INTERFACE "$<INSTALL_INTERFACE:${ARG_INSTALLED_NEEDS}>")
    if(CORSAC_BUILD_SHARED)
        add_library(corsac_${half}_shared SHARED)
        list(APPEND targets corsac_${half}_shared)
        set(exports "${PROJECT_SOURCE_DIR}/cmake/exports.map")
        set_target_properties(corsac_${half}_shared PROPERTIES EXPORT_NAME ${half}_shared
            VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS "${exports}")
        target_link_options(corsac_${half}_shared PRIVATE "-Wl,--version-script=${exports}" -Wl,-z,defs)
    endif()
    foreach(target IN LISTS targets)
        set_target_properties(${target} PROPERTIES OUTPUT_NAME ${ARG_OUTPUT_NAME} LINKER_LANGUAGE C
            INTERFACE_CORSAC_LIBRARY ${ARG_OUTPUT_NAME} COMPATIBLE_INTERFACE_STRING CORSAC_LIBRARY)
        foreach(room IN LISTS ARG_ROOMS)
            target_sources(${target} PRIVATE $<TARGET_OBJECTS:${room}>)
        endforeach()
        target_sources(${target} PUBLIC FILE_SET HEADERS
            BASE_DIRS "${PROJECT_SOURCE_DIR}/engine/include" "${PROJECT_SOURCE_DIR}/compiler/include"
            FILES ${ARG_HEADERS})
        foreach(need IN LISTS ARG_NEEDS)
            target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${need}>)
        endforeach()
        install(TARGETS ${target} EXPORT corsacTargets FILE_SET HEADERS
            ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
            INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    endforeach()
endfunction()

# corsac_beside_library(NAME OUTPUT_NAME n SOURCES s... HEADERS h... NEEDS t... INSTALLED_NEEDS t...): a small library
# that a program links in addition to one half. It is linked to neither, since it works with both: its calls into
# Corsac are left open, and the half that the program names answers them.
function(corsac_beside_library name)
    cmake_parse_arguments(ARG "" "OUTPUT_NAME" "SOURCES;HEADERS;NEEDS;INSTALLED_NEEDS" ${ARGN})
    add_library(corsac_${name} STATIC ${ARG_SOURCES})
    add_library(corsac::${name} ALIAS corsac_${name})
    target_link_libraries(corsac_${name} INTERFACE "$<INSTALL_INTERFACE:${ARG_INSTALLED_NEEDS}>")
    set(targets corsac_${name})
    set_target_properties(corsac_${name} PROPERTIES EXPORT_NAME ${name}_static)
    if(CORSAC_BUILD_SHARED)
        add_library(corsac_${name}_shared SHARED ${ARG_SOURCES})
        list(APPEND targets corsac_${name}_shared)
        set(exports "${PROJECT_SOURCE_DIR}/cmake/exports.map")
        set_target_properties(corsac_${name}_shared PROPERTIES EXPORT_NAME ${name}_shared
            VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS "${exports}")
        target_link_options(corsac_${name}_shared PRIVATE "-Wl,--version-script=${exports}")
    endif()
    foreach(target IN LISTS targets)
        set_target_properties(${target} PROPERTIES OUTPUT_NAME ${ARG_OUTPUT_NAME})
        target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
        target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/engine/include"
            "${PROJECT_SOURCE_DIR}/${name}/include" FILES ${ARG_HEADERS})
        foreach(need corsac_warnings ${ARG_NEEDS})
            target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${need}>)
        endforeach()
        install(TARGETS ${target} EXPORT corsacTargets FILE_SET HEADERS
            ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
            INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    endforeach()
endfunction()

# The files by which others find what was installed.
function(corsac_install_package)
    include(CMakePackageConfigHelpers)
    set(folder "${CMAKE_INSTALL_LIBDIR}/cmake/corsac")
    install(EXPORT corsacTargets NAMESPACE corsac:: DESTINATION "${folder}")
    configure_package_config_file(cmake/corsacConfig.cmake.in corsacConfig.cmake INSTALL_DESTINATION "${folder}")
    write_basic_package_version_file(corsacConfigVersion.cmake COMPATIBILITY SameMinorVersion)
    install(FILES "${PROJECT_BINARY_DIR}/corsacConfig.cmake" "${PROJECT_BINARY_DIR}/corsacConfigVersion.cmake"
        DESTINATION "${folder}")
    file(RELATIVE_PATH CORSAC_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/") # relocatable: from the .pc file up
    string(REGEX REPLACE "/$" "" CORSAC_PC_PREFIX "${CORSAC_PC_PREFIX}")
    set(names corsac corsac-compiler)
    if(TARGET corsac_sign)
        list(APPEND names corsac-sign)
    endif()
    foreach(name IN LISTS names)
        configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
        install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
    endforeach()
endfunction()
