#!/bin/sh
# log_in.sh: a login program of a kubeconfig, which gives the token in the file PASSPORT and counts how often.
echo >> "$PASSPORT.count"
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "%s"}}' "$(cat "$PASSPORT")"
