#pragma once

#include <fleetman/agent/layout.hpp>
#include <fleetman/host/folder.hpp>
#include <fleetman/model/manifest.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What is known of a release on disk: everything that switching to it again takes, without the network.

namespace fleetman::agent {

struct kept_folder
{
    std::string path; // "logs/"
    host::rights rights;
};

// What a file was when it came from the store; on disk the service, or the rendering of tokens, may have changed it.
struct fetched_file
{
    std::string path;
    std::uint64_t size{};
    std::string etag;
    std::string sha256;
    std::string rendered_sha256{}; // of what is on disk since its tokens were replaced; empty: it had none
    bool operator==(const fetched_file&) const = default;
};

struct release_record
{
    std::string name; // of its folder
    model::snapshot snapshot;
    std::vector<std::string> files;        // every path that the version brought; all others are the service's
    std::vector<fetched_file> fetched;     // empty in records of agents that did not note it
    std::string rendered_for{};            // tokens_digest() of what tokens were replaced by
    std::vector<kept_folder> kept_folders; // the service's from the start
    host::rights folder_rights{};
    std::string live_name;  // of the path in services()
    std::string slot;       // slot_digest() of the definition; constant for deploy
    std::string definition; // the text as installed; empty for deploy
    std::string trigger_id;
    bool verified = false;    // it ran: a release to go back to
    bool holds_files = false; // of the service, which could not be moved to the backup: never removed to make room

    const model::version& version() const { return snapshot.version; }
};

std::string serialize(const release_record& value);
result<release_record> parse_release_record(std::string_view json);

// All of these block.
// Fails with too_large, before anything is written, when it could not be read again.
result<void> write_record(const cell_layout& layout, const release_record& value);
result<release_record> read_record(const cell_layout& layout, const std::string& name);

// The release that the live path leads to now, by whatever name; nothing when there is none of ours.
result<std::optional<release_record>> live_release(const cell_layout& layout);

// Every release with a readable record, oldest first.
result<std::vector<release_record>> releases_on_disk(const cell_layout& layout);

} // namespace fleetman::agent
