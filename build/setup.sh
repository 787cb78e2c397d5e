#!/usr/bin/env bash
# Installs what building or testing needs and what is not there yet.
#
#   build/setup.sh desktop    to build the tray and the window
#   build/setup.sh test       to run every test
#   build/setup.sh package    to make the packages
#
# It looks for the things themselves and not for package names, so that it is
# content on any distribution. Where something is missing and this is Debian or
# one of its children, it is installed: directly as root, otherwise through sudo.
set -euo pipefail

fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# What to look for | Debian package | what for.
compiler='
bin gcc          | gcc             | compiles the parts that talk to GTK, and the race detector
hdr stdlib.h     | libc6-dev       | compiles the parts that talk to GTK, and the race detector'
desktop="$compiler"'
bin pkg-config   | pkg-config      | finds the libraries below
lib gtk+-3.0     | libgtk-3-dev    | tray and window
lib webkit2gtk-4.1 | libwebkit2gtk-4.1-dev | window
lib ayatana-appindicator3-0.1 | libayatana-appindicator3-dev | tray icon'
test="$desktop"'
bin git          | git             | clones into the clean copy that is tested
bin Xvfb         | xvfb            | a display for the tray and window tests
bin dbus-daemon  | dbus            | a session bus for the tray and keychain tests
bin gnome-keyring-daemon | gnome-keyring | a real keychain for the keychain tests
bin secret-tool  | libsecret-tools | looks into that keychain from outside
bin xdotool      | xdotool         | finds the window in its test
bin import       | imagemagick     | takes a picture of the window in its test
bin tesseract    | tesseract-ocr   | reads that picture
web chromium     | chromium        | browser tests of the user interface
srv postgres     | postgresql      | the store on a real PostgreSQL
bin shellcheck   | shellcheck      | checks the scripts'
package="$desktop"'
bin dpkg-deb     | dpkg            | builds the Debian package
bin makensis     | nsis            | builds the Windows installer'

present() { # present KIND NAME
  case $1 in
    bin) command -v "$2" ;;
    lib) command -v pkg-config && pkg-config --exists "$2" ;;
    hdr) echo "#include <$2>" | gcc -E - ;;
    web) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    srv) command -v "$2" || compgen -G "/usr/lib/postgresql/*/bin/$2" ;;
  esac >/dev/null 2>&1
}

node_ok() {
  command -v npm >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo -- "$@"
  fi
}

install_packages() {
  local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
  # Debian starts a database server with every PostgreSQL; the tests start
  # their own, and nobody asked for one that stays.
  local no_server=/etc/postgresql-common/createcluster.d/no-cluster-for-tests.conf
  if [[ " $* " == *" postgresql "* ]]; then
    as_root sh -c "mkdir -p ${no_server%/*} && echo 'create_main_cluster = false' >$no_server"
  fi
  local installed=0
  as_root "${quiet[@]}" install --no-install-recommends "$@" </dev/null ||
    { as_root "${quiet[@]}" update </dev/null &&
      as_root "${quiet[@]}" install --no-install-recommends "$@" </dev/null; } || installed=$?
  [[ " $* " != *" postgresql "* ]] || as_root rm -f "$no_server"
  return "$installed"
}

case ${1:-} in
  desktop) needs=$desktop ;;
  test) needs=$test ;;
  package) needs=$package ;;
  *) fail "say what for: desktop, test or package" ;;
esac

node_ok || fail "Node.js 20.19 or newer with npm is needed to build the user interface; see https://nodejs.org/en/download"

[ "$(uname -s)" = Linux ] || exit 0 # elsewhere the system brings what is needed

missing=()
reasons=''
while IFS='|' read -r what package why; do
  read -r kind name <<<"$what"
  package=${package// /}
  if [ -z "$package" ] || present "$kind" "$name"; then continue; fi
  missing+=("$package")
  reasons+=$(printf '  %-30s %s' "$package" "${why# }")$'\n'
done <<<"$needs"
[ ${#missing[@]} -gt 0 ] || exit 0

printf '==> Missing packages:\n%s' "$reasons"
command -v apt-get >/dev/null ||
  fail "there is no apt-get here: install what your distribution calls these packages, then start again: ${missing[*]}"
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || fail "install them as root, then start again: apt-get install ${missing[*]}"
  [ -t 0 ] || sudo -n true 2>/dev/null ||
    fail "sudo asks for a password and nobody is there to type it; run: sudo apt-get install ${missing[*]}"
  echo "==> Installing them through sudo"
fi
install_packages "${missing[@]}" || fail "could not install: ${missing[*]}"
