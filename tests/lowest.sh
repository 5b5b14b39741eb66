#!/bin/sh
# Shows that the lowest allowed versions work: help, the demonstration, and its verification.
# Usage: tests/lowest.sh FOLDER-WITH-chipledger
set -eu

bin=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

"$bin/chipledger" --help >/dev/null
"$bin/chipledger" demo
# The demonstration leaves its ledger here, and beside it what an auditor would be told.
"$bin/chipledger" -C demo-ledger verify
echo "lowest: help, demo and verify work with $("$bin/python" -m pip list --format=freeze |
	grep -iE '^(click|cryptography|eventsourcing|msgspec|pynacl|sqlite-utils|tabulate)==' | tr '\n' ' ')"
