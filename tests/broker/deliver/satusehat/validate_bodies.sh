#!/bin/sh
# Has the ImagingStudy bodies that the bridge makes validated against FHIR R4 by the npm package `fhir`. 77 means skipped.
#
#   validate_bodies.sh PROGRAM MODULES      the program that writes them, and the folder with the package in it
set -eu

program=$1 modules=$2
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v node >/dev/null || [ ! -d "$modules/fhir" ]; then
    echo "skipped: no node, or no package in $modules; packaging/install-deps.sh --fhir puts it there"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" "$folder"
NODE_PATH=$modules node "$here/validate_bodies.cjs" "$folder"
