#pragma once

#include <fleetman/agent/settings.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/model/names.hpp>

#include <filesystem>
#include <string>
#include <string_view>

// Where everything of one cell is on the host; the one place that spells these paths (docs/agent.md has the picture).
//
//   <services>/fleetman-api            -> .fleetman/api/u-<D>      the live path, as operators and templates know it
//   <services>/.fleetman/api/u-<D>     -> releases/v2-…            a slot: one for each text of the definition
//   <services>/.fleetman/api/releases/v2-…/   and   v2-….json      a release and its record
//   <services>/.fleetman/api/shared/                               folders that the service writes to
//   <services>/.fleetman/api/journal.json                          the switch that is under way
//   <definitions>/fleetman-api.service                             names its slot: the one file that decides

namespace fleetman::agent {

inline constexpr std::string_view service_prefix = "fleetman-"; // of units, programs and systemd's live folders
inline constexpr std::string_view store_folder = ".fleetman";
inline constexpr std::string_view releases_folder = "releases";
inline constexpr std::string_view shared_folder = "shared";
inline constexpr std::string_view backup_folder_name = "backup"; // in base_dir
inline constexpr std::string_view local_manifest = "manifest.json";

class cell_layout
{
public:
    cell_layout(const profile_folders& folders, model::run_profile profile, model::cell_id cell);

    const model::cell_id& cell() const noexcept { return cell_; }
    model::run_profile profile() const noexcept { return profile_; }
    bool has_definition() const noexcept { return profile_ != model::run_profile::deploy; }

    // "fleetman-api"
    std::string service() const { return std::string(service_prefix) + cell_.str(); }

    const std::filesystem::path& services() const noexcept { return services_; }
    const std::filesystem::path& definitions() const noexcept { return definitions_; }
    std::filesystem::path definition() const; // only if has_definition()
    std::filesystem::path definition_scratch() const;

    // Names of a live path in services(): with systemd it depends on whether the version brings its own unit, so that
    // both generations of the original find their folder (interop.md, "On the host").
    std::string live_name(bool version_has_unit) const;
    std::filesystem::path live(const std::string& live_name) const { return services_ / live_name; }

    std::filesystem::path store() const { return services_ / store_folder / cell_.str(); }
    std::filesystem::path releases() const { return store() / releases_folder; }
    std::filesystem::path release(const std::string& name) const { return releases() / name; }
    std::filesystem::path record(const std::string& name) const { return releases() / (name + ".json"); }
    // Of a new release's unit, while systemd judges it.
    std::filesystem::path judged_copy() const { return releases() / (service() + ".service"); }
    std::filesystem::path shared() const { return store() / shared_folder; }
    std::filesystem::path journal() const { return store() / "journal.json"; }

    // `digest` is slot_digest() of the definition's text.
    static std::string slot_name(std::string_view digest) { return "u-" + std::string(digest); }
    std::filesystem::path slot(std::string_view digest) const { return store() / slot_name(digest); }

private:
    std::filesystem::path services_;
    std::filesystem::path definitions_;
    model::run_profile profile_;
    model::cell_id cell_;
};

// 16 hex digits of the text's SHA-256.
std::string slot_digest(std::string_view definition_text);

// "v1.2.0-1a2b3c4d-7"; a version that was loaded may be longer than a file name should be, so it is cut.
std::string release_name(const model::version& version, std::string_view contents_digest, unsigned number);

// Refuses names that would escape the layout or that the service manager cannot take: for systemd and supervisor the
// strict rule of model::cell_id::parse, for deploy whatever does not begin with ".".
result<void> check_cell_name(const model::cell_id& cell, model::run_profile profile);

} // namespace fleetman::agent
