#!/bin/sh
# Brings the local cloud up and keeps it: ./emulator.sh [--fast] [--data DIR] [--port part=port]; --help tells the rest.
exec "$(dirname "$0")/scripts/alir" up "$@"
