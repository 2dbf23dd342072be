#include "ask_password.hpp"
#include "commands.hpp"

#include <fleetman/config/controller_config.hpp>
#include <fleetman/core/bcrypt.hpp>
#include <fleetman/core/text.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

namespace fleetman::app {

namespace {

struct hash_arguments
{
    std::string user;
    std::string role;
    unsigned cost = bcrypt::usual_cost;
};

// The entry as a line of `users:`, in quotes for YAML.
std::string entry_of(const hash_arguments& arguments, const secret& hash)
{
    const std::string role = arguments.role.empty() ? "" : ':' + arguments.role;
    return "- \"" + arguments.user + ':' + hash.reveal() + role + '"';
}

result<void> hash_password(const hash_arguments& arguments)
{
    const std::string& user = arguments.user;
    if (user.find_first_of(":\"\\") != std::string::npos || has_control_character(user) || !is_utf8(user))
        return error(errc::invalid, "a user's name is text without colons, quotes and backslashes");
    const result<secret> password = ask_new_password();
    if (!password)
        return password.error();
    if (const result<void> usable = bcrypt::check_new(*password); !usable)
        return usable;
    const result<secret> hash = bcrypt::hash(*password, arguments.cost);
    if (!hash)
        return hash.error();
    std::cout << (user.empty() ? hash->reveal() : entry_of(arguments, *hash)) << std::endl;
    return {};
}

} // namespace

void add_hash_password_command(CLI::App& program, int& exit_code)
{
    const auto arguments = std::make_shared<hash_arguments>();
    CLI::App* command = program.add_subcommand(
        "hash-password", "Ask for a password and print the user's line for web_console.auth.users");
    command->footer("The password is asked for twice on a terminal, and is else the first line of standard input.");
    command->add_option("USER", arguments->user, "The user's name; without one only the hash is printed");
    command->add_option("--role", arguments->role, "What the user may do; admin when it is not said")
        ->check(CLI::IsMember({"viewer", "operator", "admin"}));
    command->add_option("--cost", arguments->cost, "Each one more doubles the time that a login takes")
        ->check(CLI::Range(bcrypt::least_cost, bcrypt::greatest_cost))
        ->capture_default_str();
    command->callback([arguments, &exit_code] {
        const result<void> done = hash_password(*arguments);
        if (done)
            return;
        std::cerr << "fleetman hash-password: " << done.error().message() << std::endl;
        exit_code = EXIT_FAILURE;
    });
}

} // namespace fleetman::app
