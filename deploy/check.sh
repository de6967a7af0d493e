#!/bin/sh
# Holds the manifests against the schemas of CloudFormation and Kubernetes, and with `deploy/check.sh AUDITPACK` the
# templates that the program prints. The tests run it. Alone: pip install -r tests/requirements.txt
set -eu
cd "$(dirname "$0")"
cfn-lint aws-batch.yaml
kubernetes-validate --strict kubernetes.yaml kubernetes-join.yaml
if [ $# -gt 0 ]; then
  dir=$(mktemp -d)
  trap 'rm -r "$dir"' EXIT
  "$1" permissions --format cloud-formation > "$dir/role.yaml"
  "$1" permissions --collector --format cloud-formation > "$dir/collector.yaml"
  "$1" permissions --collector --store s3://audit-packs/iam --format cloud-formation > "$dir/store.yaml"
  cfn-lint "$dir/role.yaml" "$dir/collector.yaml" "$dir/store.yaml"
fi
echo "the manifests are valid"
