#!/bin/sh
cd {{ fleetagent_service_working_dir }}
exec ./bin/server --cell {{fleetagent_cell_id}}
