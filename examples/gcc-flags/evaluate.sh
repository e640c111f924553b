#!/bin/sh
# evaluate.sh FLAG...: build kernel.c with the flags, run it, print its run time and the size of its code.
# kernel.c checks its own results and ends with status 1 when the flags broke them.
set -eu
gcc -std=c11 "$@" kernel.c -o kernel
./kernel
size kernel | awk 'NR == 2 { print "size_bytes", $1 + $2 }'
