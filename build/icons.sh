#!/usr/bin/env bash
# Draws every icon file from the SVG sources in build/icons. The results are
# committed, so that only who changes a source needs rsvg-convert (librsvg2-bin)
# and convert (imagemagick).
set -euo pipefail
cd "$(dirname "$0")"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

render() { # render SOURCE SIZE TARGET
  rsvg-convert --width "$2" --height "$2" "icons/$1.svg" --output "$3"
}

ico() { # ico SOURCE TARGET SIZE…
  local source=$1 target=$2 files=() size
  shift 2
  for size in "$@"; do
    render "$source" "$size" "$tmp/$source-$size.png"
    files+=("$tmp/$source-$size.png")
  done
  convert "${files[@]}" "$target"
}

# Panels scale the icon to their own size: twice 22 px stays sharp on both.
for state in running stopped draining problem; do
  render "tray-$state" 44 "../app/tray/icons/$state.png"
  ico "tray-$state" "../app/tray/icons/$state.ico" 16 24 32
done

render app 512 appicon.png
ico app windows/icon.ico 16 24 32 48 64 256
for size in 48 128; do
  render app "$size" "linux/yallmproxy-$size.png"
done
