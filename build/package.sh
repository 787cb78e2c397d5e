#!/usr/bin/env bash
# Makes the Debian package and the Windows installer in build/bin/packages. The
# user interface must have been built; "go tool task package" sees to that.
set -euo pipefail
cd "$(dirname "$0")/.."

out=build/bin/packages
stage=$(mktemp -d)
trap 'rm -rf "$stage" rsrc_windows_*.syso' EXIT
mkdir -p "$out"

# A tag v1.2.3 is a release; anything else counts as coming after 0.
version=$(git describe --tags --exact-match 2>/dev/null | sed 's/^v//' || true)
version=${version:-0.0.0+git$(git log -1 --date=format:%Y%m%d --format=%cd.%h)}
window_tags=desktop,production,webkit2_41

build() { # build TAGS LDFLAGS TARGET
  go build -trimpath -buildvcs=auto -tags "$1" -ldflags "-s -w $2" -o "$3" .
}

debian() {
  local arch root=$stage/deb
  arch=$(dpkg --print-architecture)
  echo "==> Debian package $version for $arch"
  install -d "$root/usr/bin" "$root/usr/share/doc/yallmproxy" "$root/DEBIAN"
  CGO_ENABLED=1 build tray "" "$root/usr/bin/yallmproxy"
  CGO_ENABLED=1 build "$window_tags" "" "$root/usr/bin/yallmproxy-window"
  install -D -m 644 build/linux/yallmproxy.desktop "$root/usr/share/applications/yallmproxy.desktop"
  local size
  for size in 48 128; do
    install -D -m 644 "build/linux/yallmproxy-$size.png" \
      "$root/usr/share/icons/hicolor/${size}x$size/apps/yallmproxy.png"
  done
  install -D -m 644 build/icons/app.svg "$root/usr/share/icons/hicolor/scalable/apps/yallmproxy.svg"
  install -m 644 LICENSE "$root/usr/share/doc/yallmproxy/copyright"
  cat >"$root/DEBIAN/control" <<CONTROL
Package: yallmproxy
Version: $version
Architecture: $arch
Maintainer: The yaLLMproxy authors <noreply@yallmproxy.invalid>
Installed-Size: $(du -ks "$root/usr" | cut -f1)
Section: net
Priority: optional
Depends: libc6, libgtk-3-0, libwebkit2gtk-4.1-0, libayatana-appindicator3-1
Recommends: gnome-keyring | kwalletmanager | keepassxc, xdg-utils
Suggests: gnome-shell-extension-appindicator
Description: local LLM proxy in your tray
 Sends each request of your LLM tools to the right provider, with the key from
 the keychain, and remembers what was asked, answered and used.
CONTROL
  dpkg-deb --root-owner-group --build "$root" "$out/yallmproxy_${version}_$arch.deb"
}

windows() {
  echo "==> Windows installer $version"
  local programs=$stage/windows
  install -d "$programs"
  go tool -modfile=build/tools/go.mod go-winres make --in build/windows/winres.json --out rsrc \
    --arch amd64 --file-version "${version%%+*}.0" --product-version "${version%%+*}.0"
  CGO_ENABLED=0 GOOS=windows GOARCH=amd64 build tray "" "$programs/yallmproxy.exe"
  CGO_ENABLED=0 GOOS=windows GOARCH=amd64 build "$window_tags" "-H windowsgui" "$programs/yallmproxy-window.exe"
  cp LICENSE "$programs/LICENSE"
  makensis -V2 "-DVERSION=$version" "-DSOURCE=$programs" \
    "-DTARGET=$PWD/$out/yallmproxy-$version-setup.exe" build/windows/installer.nsi
}

debian
windows
ls -lh "$out"
