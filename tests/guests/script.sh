#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A script as innkeep(1) lets a person write it: three guests, tagged, waited for, read as JSON, shut down and deleted,
# each step with the exit status that the manual gives. INNKEEP is the program, INNKEEP_TEST_KERNEL a kernel package.
set -eu
PATH=$(dirname "$INNKEEP"):$PATH

fail() {
    printf 'script: %s\n' "$*" >&2
    exit 1
}

# expect STATUS COMMAND…: its exit status is that; what it says is in $out and $err.
expect() {
    wanted=$1
    shift
    status=0
    out=$("$@" 2>"$errors") || status=$?
    err=$(cat "$errors")
    [ "$status" = "$wanted" ] || fail "$*: exit $status, not $wanted: $out $err"
}

# is WANTED FILTER: what jq finds in $out.
is() {
    found=$(printf '%s\n' "$out" | jq -r "$2")
    [ "$found" = "$1" ] || fail "$2 is '$found', not '$1', of $out"
}

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

expect 0 innkeep template build tiny --kernel-package "$INNKEEP_TEST_KERNEL"
expect 3 innkeep create db -t tinny
expect 2 innkeep create db -t tiny --memory much

for name in db web cache; do
    expect 0 innkeep create "$name" -t tiny --tag shop --tag "$name" --wait address --timeout 120
    [ "$out" = "$name" ] || fail "create printed '$out'"
done
expect 6 innkeep create db -t tiny
expect 0 innkeep create db -t tiny --if-missing --json
is db '.[0].name'
is 0 '.[0].steps | length'
expect 0 innkeep start db
expect 0 innkeep wait web --for running
expect 7 innkeep wait web --for stopped --timeout 1
expect 7 innkeep wait web --for agent --timeout 1
expect 7 innkeep wait web --for 9/tcp --timeout 2

expect 0 innkeep list tag=shop --json
is 3 length
is 'cache db web' '[.[].name] | sort | join(" ")'
is true 'all(.state == "running" and .managed and .template == "tiny")'
is 3 '[.[].addresses[0]] | unique | length'
expect 0 innkeep address web
address=$out
expect 0 innkeep show web --json
is "$address" '.addresses[0]'
is 'shop web' '.tags | sort | join(" ")'
is true '.disks[0].made_by_innkeep'

expect 3 innkeep show nobody --json
out=$err
is not-found .error.code
is 3 .error.exit
expect 4 innkeep -r shutdown web
expect 4 innkeep delete web --force
expect 5 innkeep -c 'qemu+unix:///system?socket=/nonexistent' list

expect 0 innkeep list tag=shop state=running --no-headers
printf '%s\n' "$out" | cut -f 1 | while IFS= read -r name; do
    innkeep shutdown --timeout 120 --force -- "$name" >/dev/null || fail "shutdown $name"
done
for name in db web cache; do
    expect 0 innkeep wait "$name" --for stopped
    expect 0 innkeep shutdown "$name"
done
expect 6 innkeep pause web
expect 0 innkeep list tag=shop state=shut-off --json
is 3 length

expect 0 innkeep delete db web cache --dry-run --json
[ "$(printf '%s\n' "$out" | jq '.steps | length')" -ge 6 ] || fail "the plan is too short: $out"
expect 3 innkeep delete db web cache nobody --yes --json
is 'true true true false' '[.[] | .ok] | sort | reverse | map(tostring) | join(" ")'
expect 0 innkeep list tag=shop --json
is 0 length
expect 0 innkeep template delete tiny --yes
echo "script: all as the manual says"
