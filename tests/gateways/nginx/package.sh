#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# package.sh SOURCE_DIR MODULE VERSION: the .deb names what it needs, and the module in it loads as it is enabled.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
deb=$("$1/gateways/nginx/package.sh" "$2" "$3" "$work")

depends=$(dpkg-deb -f "$deb" Depends)
for wanted in nginx-abi- libc6 libhyperscan5 libyaml-0-2; do
    case "$wanted $depends" in
        "$wanted "*"$wanted"*) ;;
        *) [ "$wanted" = libhyperscan5 ] && [[ $depends == *libvectorscan5* ]] ||
            { echo "Depends lacks $wanted: $depends"; exit 1; } ;;
    esac
done
[ "$(dpkg-deb -f "$deb" Package)" = libnginx-mod-http-corsac ]

# On a machine of its own: the scripts link the module in, and out again.
dpkg-deb -R "$deb" "$work/tree"
links=$work/etc/nginx/modules-enabled
mkdir -p "$links"
for script in postinst prerm postrm; do
    sed -i "s|/etc/nginx|$work/etc/nginx|g; s|dpkg-trigger|true|g" "$work/tree/DEBIAN/$script"
done
sh "$work/tree/DEBIAN/postinst" configure
target=$(readlink "$links/50-mod-http-corsac.conf")
[ -f "$work/tree$target" ] || { echo "the link leads to $target, which is not in the package"; exit 1; }

printf 'include %s;\npid %s/pid; events {} http { corsac_reload off; }\n' "$work/tree$target" "$work" >"$work/nginx.conf"
# load_module is relative to the prefix of the configuration's nginx: Debian's is linked to the modules.
sed -i "s|modules/|$work/tree/usr/lib/nginx/modules/|" "$work/tree$target"
"${NGINX:-/usr/sbin/nginx}" -t -q -e "$work/log" -c "$work/nginx.conf"
sh "$work/tree/DEBIAN/prerm" remove
[ ! -e "$links/50-mod-http-corsac.conf" ] || { echo "still enabled after prerm"; exit 1; }
echo "$(basename "$deb"): $depends"
