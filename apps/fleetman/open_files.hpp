#pragma once

// How many files this process may have open: each connection is one.

namespace fleetman::app {

// Takes as many as the system lets it have (getrlimit(2), RLIMIT_NOFILE): what it starts with is often 1,024, fewer
// than the connections that the servers accept.
void raise_open_files();

} // namespace fleetman::app
