#!/bin/bash
# Provisions the domain with its fixtures at the first start, then runs Samba. A first start that was cut short is begun
# again from nothing; a later one finds the domain as it was left.
set -euo pipefail

here=/usr/local/lib/groundwire
state=/var/lib/samba
conf=$SMB_CONF_PATH
tls=$state/tls
secrets=${SECRETS_DIR:-/run/secrets}
done_file=$state/provisioned

realm=CORP.EXAMPLE
domain=CORP
host=dc1
fqdn=dc1.corp.example

say() { echo "dc: $*"; }

provision() {
    say "provisioning $realm"
    find "$state" -mindepth 1 -delete
    mkdir -p "$state/etc" "$state/private"
    : >"$conf"
    # Without posix:eadb Samba needs CAP_SYS_ADMIN. The administrator's password is set by fixtures.py, never named here.
    samba-tool domain provision --configfile="$conf" --server-role=dc --realm="$realm" --domain="$domain" \
        --host-name="$host" --host-ip=127.0.0.1 --dns-backend=NONE --use-rfc2307 \
        --option="posix:eadb=$state/private/eadb.tdb" \
        --option="server services=ldap" \
        --option="tls enabled=yes" \
        --option="tls keyfile=$tls/server.key" \
        --option="tls certfile=$tls/server.crt" \
        --option="tls cafile=$tls/ca.crt" \
        --option="tls priority=NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3" \
        --option="load printers=no" --option="disable spoolss=yes" \
        >"$state/provision.log" 2>&1 || {
        tail -n 30 "$state/provision.log"
        exit 1
    }
    # It holds a generated administrator password (replaced below).
    rm -f "$state/provision.log"
    say "writing fixtures"
    python3 "$here/fixtures.py" --configfile "$conf" --fixtures "$here/domain.json" \
        --administrator-password-file "$secrets/dc_administrator_password" \
        --service-password-file "$secrets/dc_service_password"
}

make_certificates() {
    say "making CA and server certificate"
    mkdir -p "$tls"
    (
        umask 077
        cd "$tls"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -sha256 \
            -subj "/O=Corp Example/CN=Corp Example CA" \
            -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
            -keyout ca.key -out ca.crt
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1825 -sha256 \
            -CA ca.crt -CAkey ca.key -subj "/CN=$fqdn" \
            -addext "basicConstraints=critical,CA:FALSE" -addext "keyUsage=critical,digitalSignature" \
            -addext "extendedKeyUsage=serverAuth" \
            -addext "subjectAltName=DNS:$fqdn,DNS:dc1,DNS:dc,DNS:localhost,IP:127.0.0.1" \
            -keyout server.key -out server.crt
    ) 2>/dev/null
    rm -f "$tls/ca.key"
}

[ -f "$done_file" ] || {
    provision
    make_certificates
    touch "$done_file"
}

# The connector reads the CA from here: a volume of its own, so that nothing else of the DC is shared.
install -m 0444 "$tls/ca.crt" /ca/ca.crt.new
mv -f /ca/ca.crt.new /ca/ca.crt

say "starting Samba"
exec samba -F --no-process-group --debug-stdout --configfile="$conf"
