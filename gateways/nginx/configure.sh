#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# configure.sh NGINX_SOURCE MODULE OBJECTS CC FLAGS: nginx's configure as Debian runs it for modules. It must run in
# its own directory and writes to OBJECTS only.
set -euo pipefail
source_dir=$1 module=$2 objects=$3 compiler=$4 flags=$5
cd "$source_dir"
. ./conf_flags
./configure --with-cc="$compiler" \
    --with-cc-opt="$(dpkg-buildflags --get CFLAGS) -std=gnu11 -fPIC $(dpkg-buildflags --get CPPFLAGS)$flags" \
    --with-ld-opt="$(dpkg-buildflags --get LDFLAGS) -fPIC$flags" \
    "${NGX_CONF_FLAGS[@]}" --add-dynamic-module="$module" --builddir="$objects" >"$objects.log" ||
    { tail -n 20 "$objects.log" >&2; exit 1; }
