#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh CHECK: one check of an installed Corsac; the functions below are the checks. CTest sets the
# environment (CMakeLists.txt); `prefix` comes first.
set -eu
prefix="$WORK_DIR/prefix"
lib="$prefix/$LIBDIR"
include="$WORK_DIR/include"
image="$WORK_DIR/bookinfo.corsac"
project="$SOURCE_DIR/tests/consumer/project"
export PKG_CONFIG_PATH="$lib/pkgconfig"
warnings="-std=c11 -Wall -Wextra -Werror -O1"

# Its arguments if libcorsac-sign was built.
with_sign() {
    [ "$SIGN" = 0 ] || echo "$@"
}

fail() {
    echo "$*" >&2
    exit 1
}

# Installs, compiles an image with the installed command, takes the C blocks out of docs/embedding.md.
check_prefix() {
    rm -rf "$prefix"
    "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix" --config "$CONFIG"
    "$prefix/bin/corsac" compile "$SOURCE_DIR/datasets/bookinfo" -o "$image"
    mkdir -p "$include"
    awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$SOURCE_DIR/docs/embedding.md" >"$include/embedding.inc"
    grep -q gateway_work "$include/embedding.inc"
    awk '/^```c controller$/ { on = 1; next } /^```$/ { on = 0 } on' "$SOURCE_DIR/docs/embedding.md" >"$include/controller.inc"
    grep -q controller_publish "$include/controller.inc"
}

# Shared libraries have a soname and export the API, versioned, and nothing else.
check_symbols() {
    local name file exported
    for name in corsac corsac-compiler $(with_sign corsac-sign); do
        file="$lib/lib$name.so"
        "$READELF" -d "$file" | grep -q "SONAME.*\[lib$name\.so\.0\]" || fail "$file has no soname lib$name.so.0"
        exported=$("$NM" -D --defined-only "$file" | awk '$2 != "A" { print $3 }')
        grep -vE '^corsac_[a-z_0-9]+@@CORSAC_0$' <<<"$exported" && fail "$file exports more than the API"
        declared "$name" | sort >"$WORK_DIR/declared"
        sed 's/@.*//' <<<"$exported" | sort | diff "$WORK_DIR/declared" - || fail "$file: declared (<) and exported (>) differ"
    done
}

# The functions of the headers that belong to a library.
declared() {
    [ "$1" != corsac-sign ] || { functions "$prefix/include/corsac/sign.h"; return; }
    local headers=("$prefix/include/corsac/common.h" "$prefix/include/corsac/engine.h"
        "$prefix/include/corsac/counters.h")
    [ "$1" = corsac ] || headers+=("$prefix/include/corsac/compile.h")
    functions "${headers[@]}"
}

functions() {
    cat "$@" | tr '\n' ' ' | grep -oE 'CORSAC_API [^;(]*\(' | grep -oE 'corsac_[a-z_0-9]+\(' | tr -d '('
}

# Each library brings one of Hyperscan's, and a program linked to it no other.
check_needs() {
    needs "$lib/libcorsac.so" "libc libhs_runtime"
    needs "$lib/libcorsac-compiler.so" "libc libhs libyaml-0"
    needs "$prefix/bin/corsac" "libc libhs libjansson $(with_sign "libsodium ")libyaml-0"
    [ "$SIGN" = 0 ] || needs "$lib/libcorsac-sign.so" "libc libsodium"
}

needs() { # FILE LIBRARIES, sorted
    local found
    found=$("$READELF" -d "$1" | sed -nE 's/.*NEEDED.*\[(.*)\.so.*\].*/\1/p' | grep -v '^ld-linux' | sort | tr '\n' ' ')
    [ "$found" = "$2 " ] || fail "$1 needs '$found', not '$2'"
}

build_project() { # FOLDER CMAKE_ARGUMENTS...
    local folder="$WORK_DIR/$1"
    shift
    rm -rf "$folder"
    "$CMAKE" -S "$project" -B "$folder" -G Ninja -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$warnings" \
        -DCMAKE_PREFIX_PATH="$prefix" -DEMBEDDING_INC_DIR="$include" "$@" &&
        "$CMAKE" --build "$folder"
}

check_cmake_shared() {
    build_project cmake_shared
    "$READELF" -d "$WORK_DIR/cmake_shared/gateway" | grep -q 'NEEDED.*libcorsac\.so\.0'
    run_programs "$WORK_DIR/cmake_shared"
}

check_cmake_static() {
    build_project cmake_static -DCORSAC_USE_STATIC_LIBS=ON
    needs "$WORK_DIR/cmake_static/gateway" "libc libhs_runtime"
    needs "$WORK_DIR/cmake_static/policy" "libc libhs libyaml-0"
    run_programs "$WORK_DIR/cmake_static"
}

run_programs() {
    loads_one_hyperscan "$1/gateway"
    loads_one_hyperscan "$1/policy"
    "$1/gateway" "$image"
    "$1/policy"
}

loads_one_hyperscan() {
    [ "$(ldd "$1" | grep -c 'libhs')" -eq 1 ] || fail "$1 loads: $(ldd "$1")"
}

# Linking both halves would load both of Hyperscan's libraries: CMake refuses.
check_both_halves() {
    if build_project both_halves -DLINK_BOTH_HALVES=ON >"$WORK_DIR/both_halves.log" 2>&1; then
        fail "both halves in one program were not refused"
    fi
    grep -q CORSAC_LIBRARY "$WORK_DIR/both_halves.log" || fail "$(cat "$WORK_DIR/both_halves.log")"
}

# The words of pkg-config's answers are arguments.
# shellcheck disable=SC2046,SC2086
check_pkgconfig_shared() {
    local folder="$WORK_DIR/pkgconfig_shared"
    mkdir -p "$folder"
    "$CC" $warnings -I"$include" "$project/gateway.c" -o "$folder/gateway" $(pkg-config --cflags --libs corsac) -pthread
    "$CC" $warnings -I"$include" "$project/policy.c" -o "$folder/policy" $(pkg-config --cflags --libs corsac-compiler)
    export LD_LIBRARY_PATH="$lib"
    run_programs "$folder"
}

# Corsac static and the rest shared; then wholly static programs, libc included. Debian 12's libhs_runtime.a
# lacks hs_valid_platform, so that a wholly static gateway takes libhs.a.
# shellcheck disable=SC2046,SC2086
check_pkgconfig_static() {
    local folder="$WORK_DIR/pkgconfig_static"
    mkdir -p "$folder"
    "$CC" $warnings -I"$include" "$project/gateway.c" -o "$folder/gateway" \
        -Wl,-Bstatic $(pkg-config --cflags --libs corsac) -Wl,-Bdynamic -lhs_runtime -pthread
    "$CC" $warnings -I"$include" "$project/policy.c" -o "$folder/policy" \
        -Wl,-Bstatic $(pkg-config --cflags --libs corsac-compiler) -Wl,-Bdynamic -lhs -lyaml
    needs "$folder/gateway" "libc libhs_runtime"
    run_programs "$folder"
    "$CC" $warnings -static -I"$include" "$project/gateway.c" -o "$folder/gateway" \
        $(pkg-config --cflags --libs corsac) -lhs -lstdc++ -lm
    "$CC" $warnings -static -I"$include" "$project/policy.c" -o "$folder/policy" $(pkg-config --static --cflags --libs corsac-compiler)
    "$folder/gateway" "$image"
    "$folder/policy"
}

# libcorsac-sign beside either half, found both ways, shared and static.
# shellcheck disable=SC2046,SC2086
check_sign() {
    local half folder="$WORK_DIR/sign"
    [ "$SIGN" = 1 ] || { echo "skipped: built without libsodium"; return 77; }
    mkdir -p "$folder"
    export LD_LIBRARY_PATH="$lib"
    for half in corsac corsac-compiler; do
        "$CC" $warnings "$project/signed.c" -o "$folder/$half" $(pkg-config --cflags --libs corsac-sign $half)
        loads_one_hyperscan "$folder/$half"
        "$folder/$half" "$image"
        "$CC" $warnings "$project/signed.c" -o "$folder/$half-static" -Wl,-Bstatic \
            $(pkg-config --cflags --libs corsac-sign $half) -Wl,-Bdynamic -lsodium -lyaml \
            -l$([ $half = corsac ] && echo hs_runtime || echo hs)
        "$folder/$half-static" "$image"
    done
    unset LD_LIBRARY_PATH
    for half in ON OFF; do
        build_project "sign_static_$half" -DCORSAC_USE_STATIC_LIBS=$half -DLINK_SIGN=ON
        "$WORK_DIR/sign_static_$half/signed" "$image"
    done
}

# What the installed headers include is theirs or the compiler's and libc's: no Hyperscan, no libyaml.
check_headers_alone() {
    local header
    for header in "$prefix"/include/corsac/{common,engine,counters,compile}.h $(with_sign "$prefix/include/corsac/sign.h"); do
        "$CC" -std=c99 -M -I"$prefix/include" -x c "$header" | tr ' ' '\n' | grep -E '/(hs|yaml|sodium)[^/]*\.h|/hs/' &&
            fail "$header needs a header of another library"
    done
    return 0
}

# The protections of cmake/CorsacHardening.cmake, as far as the build type has them.
check_hardening() {
    local file files=0
    [ "$HARDENED" = 1 ] || fail "configured with CORSAC_HARDEN=OFF"
    case "$CONFIG" in
        Release | RelWithDebInfo | MinSizeRel) ;;
        *)
            echo "skipped: a $CONFIG build is not hardened"
            return 77
            ;;
    esac
    "$READELF" -h "$prefix/bin/corsac" | grep -q 'Type:.*DYN' || fail "corsac is not position independent"
    "$READELF" -d "$prefix/bin/corsac" | grep -q 'FLAGS_1.*PIE' || fail "corsac is not a PIE"
    for file in "$prefix/bin/corsac" "$lib/libcorsac.so" "$lib/libcorsac-compiler.so" \
        $(with_sign "$lib/libcorsac-sign.so"); do
        "$READELF" -lW "$file" >"$WORK_DIR/segments"
        grep -q GNU_RELRO "$WORK_DIR/segments" || fail "$file: no RELRO"
        grep -qE 'GNU_STACK.* RW ' "$WORK_DIR/segments" || fail "$file: executable stack"
        grep -qE ' RWE ' "$WORK_DIR/segments" && fail "$file: a segment is writable and executable"
        "$READELF" -d "$file" | grep -q 'FLAGS.*BIND_NOW' || fail "$file: symbols bound lazily"
        "$READELF" -d "$file" | grep -qE 'TEXTREL|RPATH|RUNPATH' && fail "$file: text relocations or a search path"
        "$NM" -D "$file" | grep -q 'U __stack_chk_fail' || fail "$file: no stack protector"
        "$NM" -D "$file" | grep -qE 'U __(mem|str|sn?|vsn?|f|read)[a-z]*_chk' || fail "$file: not fortified"
        files=$((files + 1))
    done
    echo "hardening: programs and shared libraries, position independent, with full RELRO, protected stacks, fortified calls: $files of $files"
    control_flow
}

# Debian's start files carry no mark for IBT, so no program has one: look at Corsac's own objects, all of them.
control_flow() {
    local archive marked members objects=0
    [ "$(uname -m)" = x86_64 ] || return 0
    for archive in "$lib/libcorsac.a" "$lib/libcorsac-compiler.a" $(with_sign "$lib/libcorsac-sign.a"); do
        members=$("$READELF" -nW "$archive" | grep -c '^File:')
        marked=$("$READELF" -nW "$archive" | grep -c 'x86 feature: IBT, SHSTK')
        [ "$members" -gt 0 ] && [ "$members" -eq "$marked" ] ||
            fail "$archive: $marked of $members objects with control-flow protection"
        objects=$((objects + members))
    done
    echo "hardening: objects with control-flow protection: $objects of $objects"
}

"check_$1"
