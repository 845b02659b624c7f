# SPDX-License-Identifier: Apache-2.0
# CORSAC_SANITIZE is one string because sanitizers combine or exclude one another as a whole.
if(CORSAC_SANITIZE)
    add_compile_options(-fsanitize=${CORSAC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${CORSAC_SANITIZE})
endif()
