#!/usr/bin/env bash
# Runs every fuzz test for a while, one after the other: go test can fuzz only
# one at a time.
set -euo pipefail
cd "$(dirname "$0")/.."

for_each=${1:-30s}
grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' app proxy | while read -r file; do
  grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | while read -r _ name; do
    echo "==> $name in ${file%/*}"
    go test -run '^$' -fuzz "^$name\$" -fuzztime "$for_each" "./${file%/*}"
  done
done
