#!/bin/sh
# Started by supervisord or systemd; the agent replaces the words in double braces with this host's values.
cd "{{ fleetagent_service_working_dir }}" || exit 1
exec /usr/bin/python3 hello.py
