#!/usr/bin/env bash
# examples/fleet/parallel.sh sg-ring.pyz RESULTS HOST...
# One job a host: the parcel goes there, one file comes back, nothing is left behind.
set -euo pipefail
parcel="$(realpath "$1")" results="$2"
shift 2
mkdir -p "$results"
# shellcheck disable=SC2016  # expanded on the host
there='d=$(mktemp -d) && cd $d && cat > p.pyz && python3 p.pyz -o r.json.gz >&2; s=$?
    cat r.json.gz; rm -rf $d; exit $s'
parallel --will-cite --jobs 0 \
    "${SSH:-ssh} {} '$there' < '$parcel' > '$results'/{}.json.gz" ::: "$@"
