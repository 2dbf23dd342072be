#pragma once

#include <fleetman/model/documents.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a release will consist of, decided before anything is downloaded: the manifest, the overrides' manifest and the
// listing of the snapshot laid over one another. Pure; everything that a hostile bucket could say is refused here.

namespace fleetman::agent {

inline constexpr std::size_t release_max_files = 100'000;

struct wanted_rights
{
    std::optional<std::string> owner; // absent: as the service folder
    std::optional<std::string> group;
    unsigned mode{};
    // The service's, which the manifest leaves to the agent: root, or itself when it is not root.
    bool service_owner = false;
    bool service_group = false;

    bool operator==(const wanted_rights&) const = default;
};

struct content_file
{
    model::file_path path;
    std::string key;
    std::uint64_t size{};
    std::string etag;
    std::optional<std::string> sha256; // when the manifest recorded it for this very object
    bool rendered = false;             // its tokens are replaced
    wanted_rights rights;
};

struct content_folder
{
    model::file_path path;
    wanted_rights rights;
    bool kept = false; // nothing of the version lies in it: it is the service's, and stays across versions
};

struct release_contents
{
    std::vector<content_file> files;     // sorted by path
    std::vector<content_folder> folders; // as declared, sorted by path
    std::uint64_t bytes{};
    std::string digest; // 8 hex digits over what is to be downloaded

    const content_file* find(std::string_view path) const;
};

// `prefix` is the key prefix that all of `listing` is under. Fails with invalid: a key that is no safe path, a file of
// the manifest that is missing or differs in size, `a` beside `a/b`, an owner that no account could have; with
// too_large past release_max_files, folders included.
result<release_contents> release_contents_of(const model::manifest& manifest,
    const model::overrides_manifest& overrides, const std::vector<storage::object_info>& listing,
    const std::string& prefix);

} // namespace fleetman::agent
