#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/model/health_check.hpp>
#include <fleetman/model/names.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a service consists of: its files with their rights, and how it is run. A manifest is edited in the controller's
// configuration; a snapshot is a manifest frozen with a version, as `manifest.json` in the bucket. Reading is lenient
// (fields unknown to us are ignored, the original's defaults apply); the rules for saving are in model/rules.hpp.

namespace fleetman::model {

enum class file_type
{
    text,
    template_text,
    binary,
    folder
}; // "template" in documents
enum class run_profile
{
    systemd,
    supervisor,
    deploy,
    processmaster
};

std::string_view to_string(file_type value);
std::string_view to_string(run_profile value);
result<file_type> parse_file_type(std::string_view text);
result<run_profile> parse_run_profile(std::string_view text); // in any case

// Octal, written with a leading 0: "0755". Accepts "755"; refuses 0, more than 07777 and anything else.
result<std::string> parse_mode(std::string_view text);
// The bits of a mode that parse_mode has returned.
unsigned mode_bits(std::string_view mode);

struct file_entry
{
    file_path path;
    file_type type{};
    std::optional<std::string> owner;
    std::optional<std::string> group;
    std::optional<std::string> mode;

    // Only in snapshots, and only in those that we wrote: what each object was when it was published.
    std::optional<std::uint64_t> size;
    std::optional<std::string> etag;
    std::optional<std::string> sha256;

    bool operator==(const file_entry&) const = default;
};

// `0700` for folders and any `run.sh`, else `0600`.
std::string_view default_mode(const file_path& path, file_type type);

struct manifest
{
    std::vector<file_entry> files;
    run_profile profile{};
    std::string bucket; // the display name of a bucket connection

    std::string resource_profile = "unlimited";
    std::string service_owner = "root";
    std::string service_group = "root";
    std::string service_folder_mode = "0700";
    std::optional<std::string> service_folder_owner; // absent: service_owner
    std::optional<std::string> service_folder_group;
    bool collect_logs = true;
    std::vector<std::string> log_files{"logs/stdout.log", "logs/stderr.log"};
    std::uint32_t max_log_lines = 30;
    std::vector<health_check> health; // what must hold after a start, beside that the service runs

    // Whether owner and group were given at all: an agent that is not root takes absent ones as itself.
    bool owner_given = false;
    bool group_given = false;

    const std::string& folder_owner() const { return service_folder_owner ? *service_folder_owner : service_owner; }
    const std::string& folder_group() const { return service_folder_group ? *service_folder_group : service_group; }
    const file_entry* find(std::string_view path) const;

    bool operator==(const manifest&) const = default;
};

// From the JSON of an API body or the same shape converted from YAML. All violations of form at once, each with its
// dotted path. Every field of interop.md but manifest_name, version and created_at.
result<manifest> parse_manifest(const boost::json::value& document);
boost::json::object to_json(const manifest& value);

struct snapshot
{
    manifest_name name;
    model::version version;
    std::string created_at; // RFC 3339; kept as text, since readers show it and never compare
    manifest content;
};

// Largest manifest.json that we read.
inline constexpr std::uint64_t snapshot_max_bytes = std::uint64_t{16} << 20;

// A controller needs every required field; an agent only `profile` and `files` (interop.md): it passes the name and
// version that it knows from the cell's other documents, used when the snapshot has none.
result<snapshot> parse_snapshot(std::string_view json);
result<snapshot> parse_snapshot_for_agent(std::string_view json, const manifest_name& name, const version& version);
std::string serialize(const snapshot& value);

} // namespace fleetman::model
