#!/bin/sh
# Holds the manifests against the schemas of CloudFormation and Kubernetes, and the templates that auditpack
# prints with them: pip install cfn-lint kubernetes-validate
set -eu
cd "$(dirname "$0")"
cfn-lint aws-batch.yaml
kubernetes-validate --strict kubernetes.yaml kubernetes-join.yaml
if [ $# -gt 0 ]; then
  dir=$(mktemp -d)
  "$1" permissions --format cloud-formation > "$dir/role.yaml"
  "$1" permissions --collector --format cloud-formation > "$dir/collector.yaml"
  cfn-lint "$dir/role.yaml" "$dir/collector.yaml"
  rm -r "$dir"
fi
echo "the manifests are valid"
