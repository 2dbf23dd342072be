#pragma once

#include <fleetman/config/controller_config.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Edits `controller_config.yaml` without losing what it does not understand: keys of other programs and of later
// versions stay, comments go, and the original Fleetman can still load the result.

namespace fleetman::config {

struct yaml_node;

// A value: the controller changes a copy, saves it, and only then puts it in the place of the one that it serves from.
class controller_config_file
{
public:
    // Fails as load_controller_config() does.
    static result<controller_config_file> open(const std::filesystem::path& file);
    // For a file that does not exist yet; the first save() creates it. Fails with conflict when it exists.
    static result<controller_config_file> create(const std::filesystem::path& file);

    controller_config_file(const controller_config_file& other);
    controller_config_file(controller_config_file&& other) noexcept;
    controller_config_file& operator=(controller_config_file other) noexcept;
    ~controller_config_file();

    const controller_config& config() const noexcept { return config_; }
    const std::vector<std::string>& warnings() const noexcept { return warnings_; }
    const std::filesystem::path& path() const noexcept { return path_; }

    // Where the controller keeps its own state: `state_directory`, from the file's folder on when it is relative, or
    // "fleetman-state" there.
    std::filesystem::path state_directory() const;

    // Adds or replaces an entry; fields that we do not know stay as they are. Rules are the caller's to check.
    void set(const model::bucket_name& name, const bucket_connection& value);
    void set(const model::manifest_name& name, const model::manifest& value);
    void set(const model::cell_ref& name, const cell& value);
    void set(const model::profile_name& name, const model::resource_profile& value);

    // Gives a user another password hash; their entry keeps its form. False when there is no such user.
    bool set_password_hash(std::string_view user, const secret& hash);

    // False when there was no such entry.
    bool erase(const model::bucket_name& name);
    bool erase(const model::manifest_name& name);
    bool erase(const model::cell_ref& name);
    bool erase(const model::profile_name& name);

    // The whole file, as save() writes it.
    std::string text() const;

    // Lower-case hex SHA-256 of the file as it was read or last saved; empty before the first save of a new one.
    const std::string& digest() const noexcept { return digest_; }

    // Whether someone else has changed the file since.
    result<bool> changed_on_disk() const;

    // Replaces the file whole or not at all (temporary file beside it, fsync, rename, fsync of the folder), mode 0600.
    // Blocks: call it on a worker pool. Fails with conflict when the file is no longer as it was read, and nothing is
    // written.
    result<void> save();

private:
    controller_config_file(std::filesystem::path path, std::unique_ptr<yaml_node> tree);

    std::filesystem::path path_;
    std::unique_ptr<yaml_node> tree_;
    controller_config config_;
    std::vector<std::string> warnings_;
    std::string digest_;
};

} // namespace fleetman::config
