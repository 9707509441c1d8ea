#!/bin/bash
# Healthy: LDAPS answers with a certificate that verifies.
set -euo pipefail
[ -f /var/lib/samba/provisioned ]
openssl s_client -connect 127.0.0.1:636 -verify_hostname dc1.corp.example -verify_return_error \
    -CAfile /var/lib/samba/tls/ca.crt </dev/null >/dev/null 2>&1
