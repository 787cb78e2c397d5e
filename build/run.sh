#!/usr/bin/env bash
# Starts a program that was built here. A core that still runs from an earlier
# build of the same file is asked to quit first, which lets its requests end;
# otherwise one would look at yesterday's program and wonder.
set -euo pipefail

program=$PWD/$1
shift
for exe in /proc/[0-9]*/exe; do
  if [ "$(readlink "$exe" 2>/dev/null)" = "$program (deleted)" ]; then
    echo "==> Ending the program of the build before"
    "$program" stop --quit
    break
  fi
done
exec "$program" "$@"
