#include "store_command.hpp"

#include <CLI/CLI.hpp>

// The controller's program: picks the subcommand, nothing else.
int main(int argc, char** argv)
{
    CLI::App app("Deploys services to Linux nodes through an S3-compatible bucket");
    app.require_subcommand(1);
    int exit_code = 0;
    fleetman::add_store_command(app, exit_code);
    CLI11_PARSE(app, argc, argv);
    return exit_code;
}
