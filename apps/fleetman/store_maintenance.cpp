#include "store_maintenance.hpp"

#include <fleetman/s3server/maintenance.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

namespace fleetman {

namespace {

namespace fs = std::filesystem;
using s3server::verification;

constexpr std::chrono::seconds between_lines{5};
constexpr std::uint64_t mebibyte = 1 << 20;

std::string amount(const verification& of)
{
    return std::to_string(of.objects) + " objects, " + std::to_string(of.bytes / mebibyte) + " MiB";
}

// A line now and then on standard error, so that standard output stays for what was found.
s3server::progress lines_of_progress()
{
    return [next = std::chrono::steady_clock::now() + between_lines](const verification& so_far) mutable {
        if (std::chrono::steady_clock::now() < next)
            return;
        next = std::chrono::steady_clock::now() + between_lines;
        std::cerr << "read so far: " << amount(so_far) << std::endl;
    };
}

int conclude(const std::string& command, const std::string& done, const result<verification>& found)
{
    if (!found) {
        std::cerr << "fleetman store " << command << ": " << found.error().message() << std::endl;
        return EXIT_FAILURE;
    }
    for (const s3server::damaged_object& one : found->damaged)
        std::cout << "damaged  " << one.bucket << '/' << one.key << ": " << one.why << '\n';
    std::cout << done << amount(*found) << ", " << found->damaged.size() << " damaged" << std::endl;
    return found->damaged.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

struct folders
{
    fs::path data;
    fs::path other;
};

CLI::App* add(CLI::App& store, const char* name, const char* what, folders& into)
{
    CLI::App* const command = store.add_subcommand(name, what);
    command->add_option("--data-dir", into.data, "The store's folder")->required();
    return command;
}

} // namespace

void add_store_maintenance(CLI::App& store, int& exit_code)
{
    store.require_subcommand(0, 1);
    const auto given = std::make_shared<folders>();

    CLI::App* const verify =
        add(store, "verify", "Read every object and tell which are not what was put; works while it is served", *given);
    verify->footer("Exit code 1 when an object is damaged. A damaged one is not served; put it again, or restore it.");
    verify->callback([given, &exit_code] {
        exit_code = conclude("verify", "", s3server::verify_store(given->data, lines_of_progress()));
    });

    CLI::App* const backup = add(store, "backup",
        "Copy all of it as it is at one moment, and verify the copy; works while it is served", *given);
    backup->add_option("TARGET", given->other, "Folder to make; it must not be there yet")->required();
    backup->callback([given, &exit_code] {
        exit_code = conclude("backup", given->other.string() + ": ",
            s3server::back_up_store(given->data, given->other, lines_of_progress()));
    });

    CLI::App* const restore = add(store, "restore", "Make a store's folder of a backup, and verify it", *given);
    restore->add_option("BACKUP", given->other, "A folder that backup made")->required()->check(CLI::ExistingDirectory);
    restore->footer("The folder of --data-dir must not be there yet: move a damaged one aside first.");
    restore->callback([given, &exit_code] {
        exit_code = conclude("restore", given->data.string() + ": ",
            s3server::restore_store(given->other, given->data, lines_of_progress()));
    });
}

} // namespace fleetman
