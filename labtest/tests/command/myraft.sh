#!/bin/sh
# A server that answers as labtest-exec/1 has it, and does nothing.
while read -r line; do
    case "$line" in
        *'"hello"'*) echo '{"type":"hello","protocol":1,"name":"myraft","can":["reset"]}' ;;
        *'"start"'*) echo '{"type":"done","not_leader":{},"term":0,"is_leader":false}' ;;
        *) echo '{"type":"done","term":0,"is_leader":false}' ;;
    esac
done
