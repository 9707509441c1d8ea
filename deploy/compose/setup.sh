#!/bin/bash
# Makes the tenants and the connector group of tenant.env, turns writeback on, and leaves an enrolment token for the
# connector where none has enrolled yet. Every step may be repeated.
set -euo pipefail

token=/enrollment/token
other=$GROUNDWIRE_OTHER_TENANT
unset GROUNDWIRE_OTHER_TENANT

groundwire tenant create "Corp Example" --id "$GROUNDWIRE_TENANT"
groundwire tenant create "Other Example" --id "$other"
groundwire group create "corp.example" --id "$GROUNDWIRE_GROUP"
groundwire settings update --enabled true --self-service-unlock true

if groundwire --json connector list | grep -q '"connector_\?[iI]d"'; then
    echo "a connector has enrolled already"
else
    rm -f "$token"
    groundwire enrollment create "$GROUNDWIRE_GROUP" --out "$token"
fi
