# SPDX-License-Identifier: Apache-2.0
# Finds Hyperscan (or Vectorscan, which installs the same names) and defines
#   Hyperscan::headers  include directory only: what the engine is compiled with
#   Hyperscan::runtime  libhs_runtime: matching only, for gateways that load images
#   Hyperscan::full     libhs: compiler and matcher, for everything that compiles policies
find_path(Hyperscan_INCLUDE_DIR hs/hs.h)
find_library(Hyperscan_LIBRARY hs)
find_library(Hyperscan_RUNTIME_LIBRARY hs_runtime)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Hyperscan REQUIRED_VARS Hyperscan_LIBRARY Hyperscan_RUNTIME_LIBRARY
                                  Hyperscan_INCLUDE_DIR)
if(Hyperscan_FOUND AND NOT TARGET Hyperscan::headers)
    add_library(Hyperscan::headers INTERFACE IMPORTED)
    target_include_directories(Hyperscan::headers INTERFACE "${Hyperscan_INCLUDE_DIR}")
    add_library(Hyperscan::runtime UNKNOWN IMPORTED)
    set_target_properties(Hyperscan::runtime PROPERTIES
        IMPORTED_LOCATION "${Hyperscan_RUNTIME_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${Hyperscan_INCLUDE_DIR}")
    add_library(Hyperscan::full UNKNOWN IMPORTED)
    set_target_properties(Hyperscan::full PROPERTIES
        IMPORTED_LOCATION "${Hyperscan_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${Hyperscan_INCLUDE_DIR}")
endif()
mark_as_advanced(Hyperscan_INCLUDE_DIR Hyperscan_LIBRARY Hyperscan_RUNTIME_LIBRARY)
