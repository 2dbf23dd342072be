#pragma once

// `fleetman store`: the embedded store on its own, for a machine that has no other object store.

namespace CLI {
class App;
}

namespace fleetman {

// Adds the subcommand to `app`; running it sets `exit_code`, which must outlive the parsing.
void add_store_command(CLI::App& app, int& exit_code);

} // namespace fleetman
