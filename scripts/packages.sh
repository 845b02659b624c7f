# SPDX-License-Identifier: Apache-2.0
# Sourced by demo and check: installs what is missing from Debian's packages. Asks nothing as root,
# uses sudo otherwise, and does nothing at all when everything is there.

packages_for() {
    local hyperscan=libhyperscan-dev
    case "$(dpkg --print-architecture 2>/dev/null)" in
        amd64 | i386) ;;
        *) hyperscan=libvectorscan-dev ;;
    esac
    echo "gcc libc6-dev cmake ninja-build pkg-config $hyperscan libyaml-dev libxxhash-dev libjansson-dev libsodium-dev"
    if [ "$1" = test ]; then
        echo "g++ clang clang-format libclang-rt-14-dev spin libcriterion-dev libbenchmark-dev libre2-dev libpcre2-dev liburcu-dev libck-dev git strace python3 python3-venv python3-yaml python3-prometheus-client"
        echo "nginx nginx-dev make dpkg-dev openssl chromium chromium-driver wrk"
    elif [ "$1" = bench ]; then
        echo "gnuplot-nox"
    elif [ "$1" = nginx ]; then
        echo "nginx nginx-dev make dpkg-dev"
    fi
}

install_packages() {
    local missing=() package
    if ! command -v dpkg >/dev/null || ! command -v apt-get >/dev/null; then
        echo "not a Debian system: these packages, or their like, are expected:" >&2
        packages_for "$1" >&2
        return 0
    fi
    for package in $(packages_for "$1"); do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "installing ${missing[*]}"
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends "${missing[@]}" >/dev/null
}
