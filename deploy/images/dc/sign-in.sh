#!/bin/bash
# Signs in at this domain controller as a person would: a simple bind over verified LDAPS. The password is read from standard
# input, the user principal name is the argument. Says how it went; fails where the DC refuses.
set -euo pipefail
IFS= read -r PASSWD
export PASSWD
if ldbsearch --url=ldaps://dc1.corp.example --scope=base --basedn='' --configfile="$SMB_CONF_PATH" \
    --option='tls verify peer=ca_and_name' --simple-bind-dn="$1" dnsHostName >/dev/null 2>&1; then
    echo "$1: signed in at dc1.corp.example"
else
    echo "$1: refused by dc1.corp.example"
    exit 1
fi
