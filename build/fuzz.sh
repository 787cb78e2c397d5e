#!/usr/bin/env bash
# Runs fuzz tests for a while each, as many at once as there are processors:
#
#	build/fuzz.sh 30s                       all of them
#	build/fuzz.sh 10s ./proxy/protocol/...  those of some packages
#
# An input that breaks something is kept in the package's testdata/fuzz, where
# go test tries it again from then on.
set -euo pipefail
cd "$(dirname "$0")/.."

for_each=${1:-30s}
shift || true
work=$(mktemp -d "${TMPDIR:-/tmp}/yallmproxy-fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$PWD

go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' "${@:-./...}" | while read -r dir; do
  names=$(cat "$dir"/*_test.go | grep -oE '^func Fuzz[A-Za-z0-9_]+' | sed 's/^func //' || true)
  if [ -z "$names" ]; then
    continue
  fi
  room=${dir#"$root"/}
  binary=$work/$(echo "$room" | tr / _).test
  go test -c -fuzz=Fuzz -o "$binary" "./$room"
  for name in $names; do
    echo "$binary $dir $name"
  done
done > "$work/list"

# One worker for each test: the tests themselves run side by side. They are
# stopped as ^C would: at the end of a -test.fuzztime, Go at times calls its own
# deadline a failure ("context deadline exceeded").
# shellcheck disable=SC2016 # the words are the inner shell's
xargs -P "$(getconf _NPROCESSORS_ONLN)" -L 1 bash -c '
  cd "$1"
  echo "==> $2 in ${1#"$4"/}"
  if ! out=$(timeout --foreground --signal=INT --kill-after=60 --preserve-status "$3" \
    "$0" -test.run "^\$" -test.fuzz "^$2\$" -test.parallel 1 -test.fuzzcachedir "$0.cache" 2>&1); then
    echo "$out"
    exit 1
  fi' < <(awk -v t="$for_each" -v r="$root" '{print $1, $2, $3, t, r}' "$work/list")
echo "==> $(wc -l < "$work/list") fuzz tests found nothing in $for_each each"
