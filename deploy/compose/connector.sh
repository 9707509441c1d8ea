#!/bin/bash
# Starts the connector with its audit API bound to its address on `onprem` alone: nothing may listen on `uplink`.
# The name is an alias on `onprem` only, so it can't resolve to the other one.
set -euo pipefail
address=$(getent ahostsv4 connector-onprem | awk 'NR == 1 { print $1 }')
export GROUNDWIRE_CONNECTOR__AUDIT__LISTEN="$address:8444"
exec groundwire-connector serve --config /etc/groundwire/connector.toml
