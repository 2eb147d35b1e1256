#!/usr/bin/env bash
# sbatch --nodelist=NODE1,NODE2 --array=0-1 examples/fleet/slurm.sh sg-ring.pyz RESULTS
# One task of the array a node, alone on it; RESULTS is a folder that all of them see.
#SBATCH --job-name=sg-ring
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=3
#SBATCH --exclusive
#SBATCH --hint=nomultithread
set -euo pipefail
parcel="$1" results="$2"
mkdir -p "$results"
# Unpacked on the node's own disk: a measuring process should wait for no file server.
local="$(mktemp -d)"
trap 'rm -rf "$local"' EXIT
cp "$parcel" "$local/sg-ring.pyz"
srun --cpu-bind=cores python3 "$local/sg-ring.pyz" \
    -o "$results/task-${SLURM_ARRAY_TASK_ID:-0}.json.gz"
