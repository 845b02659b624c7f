#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# package.sh MODULE VERSION OUTPUT_DIR: libnginx-mod-http-corsac as a .deb for this machine's nginx, as Debian's own
# dh_nginx would lay it out: enabled on installation, and tied to the ABI of the nginx that it was built for.
set -euo pipefail
module=$1 version=$2 output=$3
here=$(cd "$(dirname "$0")" && pwd)
name=libnginx-mod-http-corsac
names=mod-http-corsac.conf:50-mod-http-corsac.conf
scripts=/usr/share/debhelper/autoscripts
abi=$(sed -n 's/^nginx:abi=//p' /usr/share/nginx/src/debian/libnginx-mod.abisubstvars)
architecture=$(dpkg --print-architecture)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
install -Dm644 -t "$root/usr/lib/nginx/modules" "$module"
install -Dm644 -t "$root/usr/share/nginx/modules-available" "$here/mod-http-corsac.conf"
install -Dm644 -t "$root/usr/share/doc/$name" "$here/README.md"
install -Dm644 "$here/../../LICENSE" "$root/usr/share/doc/$name/copyright"
strip --strip-unneeded "$root/usr/lib/nginx/modules/$(basename "$module")"

# dpkg-shlibdeps wants to stand in a source package.
mkdir -p "$work/debian" "$root/DEBIAN"
printf 'Source: corsac\n\nPackage: %s\nArchitecture: any\n' "$name" >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "$root/usr/lib/nginx/modules/$(basename "$module")" 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')

cat >"$root/DEBIAN/control" <<CONTROL
Package: $name
Version: $version
Architecture: $architecture
Maintainer: Corsac maintainers <corsac@localhost>
Section: httpd
Priority: optional
Depends: $abi, $libraries
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Description: CORS decisions of an Istio ingress gateway in nginx
 Answers preflights and sets CORS response headers by the VirtualServices that an
 Istio ingress gateway would be configured with, from YAML or a compiled image.
 Workers take a changed policy into use without a restart.
CONTROL
for script in postinst prerm postrm; do
    { echo '#!/bin/sh'; echo 'set -e'; sed "s|#NAMES#|$names|g" "$scripts/$script-nginx"; } >"$root/DEBIAN/$script"
    chmod 755 "$root/DEBIAN/$script"
done
mkdir -p "$output"
dpkg-deb --root-owner-group --build "$root" "$output/${name}_${version}_$architecture.deb" >/dev/null
echo "$output/${name}_${version}_$architecture.deb"
