#!/bin/bash
# Healthy: initialised, and the server takes connections. By the socket, where this user is let in: a refused one fills the log.
set -euo pipefail
[ -f /var/lib/postgresql/initialised ]
exec pg_isready --quiet --host=/tmp --username=postgres --timeout=2
