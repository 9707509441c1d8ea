#!/usr/bin/env bash
# Lists what listens in each container of the running system, and from which other containers it can be reached. It is
# asked, not read from settings: each container tries to connect to every listening port of every other one.
#
#   ports.sh                       the parts of the running system
#   ports.sh <name>=<container>…   those containers
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

containers=("$@")
if [ $# = 0 ]; then
    for service in directory directory-db otlp-cloud connector connector-db dc otlp-onprem; do
        id=$(compose ps -q "$service")
        [ -n "$id" ] && containers+=("$service=$id")
    done
fi

# The <address>:<port> on which a container listens, as the kernel writes them: in hexadecimal, an IPv4 address with its
# last byte first.
listening() { docker exec "$1" cat /proc/net/tcp /proc/net/tcp6 | awk '$4 == "0A" { print $2 }' | sort -u; }

# ports_at <address> <what listens>: the ports bound to that address, or to every address.
ports_at() {
    local a b c d bound address port mapped=0000000000000000FFFF0000
    IFS=. read -r a b c d <<<"$1"
    bound=$(printf '%02X' "$d" "$c" "$b" "$a")
    while IFS=: read -r address port; do
        case $address in
            "$bound" | "$mapped$bound" | 00000000 | "${mapped}00000000" | 00000000000000000000000000000000) echo "$((16#$port))" ;;
        esac
    done <<<"$2" | sort -nu
}

# The addresses of a container, each with its network.
addresses() {
    docker inspect --format '{{ range $name, $net := .NetworkSettings.Networks }}{{ $name }} {{ $net.IPAddress }}{{ "\n" }}{{ end }}' "$1" | sed '/^ *$/d'
}

# Of "address:port …", those to which a connection from inside the container succeeds; all are tried at once.
reachable() {
    local source=$1
    shift
    # shellcheck disable=SC2016  # expanded in the container
    docker exec "$source" bash -c '
        for one in "$@"; do
            timeout 2 bash -c "exec 3<>/dev/tcp/${one%:*}/${one#*:}" 2>/dev/null && echo "$one" &
        done
        wait' try "$@"
}

rows=() all=()
for target in "${containers[@]}"; do
    listens=$(listening "${target#*=}")
    while read -r network address; do
        for port in $(ports_at "$address" "$listens"); do
            rows+=("${target%%=*} ${network#"${COMPOSE_PROJECT_NAME}"_} $address:$port")
            all+=("$address:$port")
        done
    done < <(addresses "${target#*=}")
done

answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT
for source in "${containers[@]}"; do
    reachable "${source#*=}" "${all[@]}" >"$answers/${source%%=*}" &
done
wait

declare -A from=()
for source in "${containers[@]}"; do
    for one in $(<"$answers/${source%%=*}"); do
        from[$one]="${from[$one]:-} ${source%%=*}"
    done
done

printf '%-14s %-9s %-18s %s\n' "listens" "network" "address" "reached from"
for row in "${rows[@]}"; do
    read -r target network one <<<"$row"
    # Its own connections to itself say nothing.
    sources=" ${from[$one]:-} "
    sources=${sources/ $target / }
    sources=$(xargs <<<"$sources")
    printf '%-14s %-9s %-18s %s\n' "$target" "$network" "$one" "${sources:-nobody}"
done
