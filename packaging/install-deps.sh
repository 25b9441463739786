#!/bin/sh
# Installs what DICOM Bridge is built from (with --tests also what its tests need): Debian packages, and nothing else.
#
#   packaging/install-deps.sh [--tests]           installs what is missing; says what, or that all is there
#   packaging/install-deps.sh [--tests] --check   only looks: exit 0 all there, 1 something is missing
#   packaging/install-deps.sh --orthanc FOLDER    unpacks a test peer into FOLDER, without root
#   packaging/install-deps.sh --fhir FOLDER       puts a validator for FHIR, from npm, into FOLDER, without root
#   packaging/install-deps.sh --axe FOLDER        puts axe-core, which checks pages for accessibility, likewise
#
# Orthanc is a test peer whose package would start a service. So only its libraries are installed, and its files are
# unpacked beside the build: no service is made, and one that runs already is not touched. The validator checks what the
# tests make, axe-core the pages; where there is no npm, those tests are skipped.
set -eu

build_packages="build-essential g++ cmake ninja-build libdcmtk-dev libsqlite3-dev libboost1.81-dev libboost-json1.81-dev
    libssl-dev libre2-dev libtomlplusplus-dev libcli11-dev libspdlog-dev libfmt-dev zlib1g-dev libopenjp2-7-dev
    libturbojpeg0-dev libcurl4-openssl-dev tzdata"
test_packages="doctest-dev dcmtk python3 python3-pydicom python3-gdcm python3-numpy
    libopenjp2-tools strace curl chromium chromium-driver python3-selenium python3-jsonschema"

say() { echo "install-deps: $*"; }
fail() {
    echo "install-deps: $*" >&2
    exit 1
}

# Names of installed packages and of what they provide: libboost-regex1.74.0-icu72 is only provided.
installed_names() {
    dpkg-query -W -f='${db:Status-Status} ${Package}, ${Provides}\n' |
        sed -n 's/^installed //p' | tr ',' '\n' | sed 's/(.*//; s/ //g' | sort -u
}

missing_of() {
    installed=$(installed_names)
    for package in "$@"; do
        printf '%s\n' "$installed" | grep -qxF -- "$package" || printf '%s ' "$package"
    done
}

require_debian() {
    ID=unknown PRETTY_NAME="this system" VERSION_ID=
    # shellcheck disable=SC1091
    [ -r /etc/os-release ] && . /etc/os-release
    if [ "$ID" != debian ] || ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        # shellcheck disable=SC2086
        fail "$PRETTY_NAME is not Debian, and packages are only known for Debian 12." \
            "Use a Debian 12 machine or container, or install the like of:" $build_packages
    fi
    [ "$VERSION_ID" = 12 ] || say "this is $PRETTY_NAME; only Debian 12 is tried"
}

# The shared libraries that Orthanc's package asks for, as this machine's package lists name them.
orthanc_libraries() {
    apt-cache show --no-all-versions orthanc 2>/dev/null |
        sed -n 's/^Depends: //p' | tr ',' '\n' | sed 's/([^)]*)//; s/|.*//; s/ //g' | grep '^lib' || true
}

apt() {
    # needrestart would offer to restart services that use an upgraded library; whether to is the admin's to decide.
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -o Dpkg::Use-Pty=0 "$@"
}

install_missing() {
    missing=$(missing_of "$@")
    [ -z "$missing" ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        fail "these packages are missing: $missing- only root may install them; run: sudo $0${tests:+ --tests}"
    fi
    say "installing: $missing"
    # shellcheck disable=SC2086
    apt install -y --no-install-recommends $missing || fail "apt-get could not install them; its message is above"
}

unpack_orthanc() {
    folder=$1
    if [ -x "$folder/orthanc/usr/sbin/Orthanc" ]; then
        say "Orthanc is there: $folder/orthanc/usr/sbin/Orthanc"
        return 0
    fi
    mkdir -p "$folder"
    download=$(mktemp -d "$folder/download.XXXXXX")
    trap 'rm -rf "$download"' EXIT
    (cd "$download" && apt-get -q download orthanc) || fail "apt-get could not download orthanc; its message is above"
    dpkg-deb -x "$download"/orthanc_*.deb "$download/orthanc"
    # The init script and the unit have no business even here.
    rm -rf "$download/orthanc/etc/init.d" "$download/orthanc/lib/systemd"
    mv "$download/orthanc" "$folder/orthanc"
    say "unpacked Orthanc for the tests: $folder/orthanc/usr/sbin/Orthanc (no service)"
}

# What only a test uses, from npm: its folder, its name and version there.
put_npm() {
    folder=$1 package=$2 version=$3
    if [ -d "$folder/node_modules/$package" ]; then
        say "$package is there: $folder/node_modules/$package"
        return 0
    fi
    if ! command -v npm >/dev/null; then
        say "no npm, so no $package: its test will be skipped"
        return 0
    fi
    mkdir -p "$folder"
    # Nothing of a package runs while it is installed.
    npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts --loglevel error "$package@$version" ||
        say "npm could not install $package, its message is above: its test will be skipped"
}

tests='' check='' orthanc_folder='' npm_folder='' npm_package=''
while [ $# -gt 0 ]; do
    case $1 in
        --tests) tests=yes ;;
        --check) check=yes ;;
        --orthanc)
            [ $# -ge 2 ] || fail "--orthanc needs a folder"
            orthanc_folder=$2
            shift
            ;;
        --fhir)
            [ $# -ge 2 ] || fail "--fhir needs a folder"
            npm_folder=$2 npm_package="fhir 4.12.0"
            shift
            ;;
        --axe)
            [ $# -ge 2 ] || fail "--axe needs a folder"
            npm_folder=$2 npm_package="axe-core 4.10.3"
            shift
            ;;
        *) fail "unknown argument $1; use [--tests] [--check], --orthanc FOLDER, --fhir FOLDER or --axe FOLDER" ;;
    esac
    shift
done

if [ -n "$npm_folder" ]; then
    # shellcheck disable=SC2086
    put_npm "$npm_folder" $npm_package
    exit 0
fi
require_debian
if [ -n "$orthanc_folder" ]; then
    unpack_orthanc "$orthanc_folder"
    exit 0
fi

# shellcheck disable=SC2086
set -- $build_packages ${tests:+$test_packages}
if [ -n "$check" ]; then
    # Without package lists Orthanc's libraries are not known, and then they cannot all have been installed from here.
    [ -z "$tests" ] || [ -n "$(orthanc_libraries)" ] || exit 1
    # shellcheck disable=SC2046
    [ -z "$(missing_of "$@" ${tests:+$(orthanc_libraries)})" ]
    exit
fi

# Fresh package lists are fetched only where something is missing.
has_changed=''
if [ -n "$(missing_of "$@" ${tests:+$(orthanc_libraries)})" ] || { [ -n "$tests" ] && [ -z "$(orthanc_libraries)" ]; }; then
    if [ "$(id -u)" -eq 0 ]; then
        say "updating the package lists"
        apt update || fail "apt-get update failed; its message is above"
        has_changed=yes
    fi
    # shellcheck disable=SC2046
    install_missing "$@" ${tests:+$(orthanc_libraries)}
fi
say "${has_changed:+done: }all packages are there"
