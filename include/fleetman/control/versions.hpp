#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/control/guarded_file.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/version_guard.hpp>
#include <fleetman/core/bytes.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/semaphore.hpp>
#include <fleetman/model/manifest.hpp>
#include <fleetman/model/resource_profile.hpp>
#include <fleetman/model/rules.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// A version from its creation to its seal: a folder of files that fills up, is checked as a whole, and never changes
// afterwards.

namespace fleetman::control {

// What bounds the memory of all texts that are held at a time.
class text_memory
{
public:
    static constexpr std::size_t mebibytes = 64;

    // Waits until there is room for a text of this length and what it becomes. Fails with unavailable after a minute.
    task<result<semaphore::permit>> reserve(std::uint64_t length);

private:
    semaphore room_{mebibytes};
};

// A manifest and the bucket that holds its versions.
struct manifest_place
{
    model::manifest_name name;
    model::manifest content;
    bucket::location at;
};

struct version_file
{
    model::file_entry entry; // as the manifest has it; type binary and nothing else when it does not
    bool named = false;      // by the manifest
    bool present = false;
    std::uint64_t size = 0;
    std::string etag;
    wall_time modified{};
};

struct version_summary
{
    model::version version;
    bool finalized = false;
    std::size_t files = 0;
    std::uint64_t size = 0; // of all files, in bytes
    wall_time modified{};   // of the newest object
};

struct version_detail
{
    version_summary summary;
    std::optional<model::snapshot> sealed;
    std::vector<version_file> files; // in the order of the manifest, then what else is there
};

class versions
{
public:
    versions(clock& time, text_memory& texts) : time_(time), texts_(texts) {}

    // Newest first.
    task<result<std::vector<version_summary>>> list(manifest_place of) const;

    // Fails with not_found.
    task<result<version_detail>> describe(manifest_place of, model::version version) const;

    // A draft, empty or with the files of another version. Fails with conflict when the version exists, not_found when
    // the one to clone does not.
    task<result<void>> create(manifest_place of, model::version version, std::optional<model::version> clone_from);

    // Stores exactly `length` bytes of `body`, whole or not at all; texts and templates with LF. Fails with not_found
    // when the version does not exist, conflict when it is finalized, invalid for the path of a folder, and as
    // `expected`, which is asked just before the file is replaced.
    task<result<stored_file>> put_file(manifest_place of, model::version version, model::file_path path,
        byte_source& body, std::uint64_t length, etag_check expected = {});

    // Copies from staging/ of the same bucket, on the server's side; texts as put_file() has them. Fails likewise, and
    // with not_found when nothing is staged there.
    task<result<stored_file>> copy_staged(manifest_place of, model::version version, model::file_path path,
        model::file_path staged, etag_check expected = {});

    // Fails likewise, and with not_found when there is no such file.
    task<result<void>> remove_file(
        manifest_place of, model::version version, model::file_path path, etag_check expected = {});

    // Seals a version: manifest.json, written once. A systemd version without app.service gets the built-in one, with
    // `limits`. Fails with conflict when it is finalized already; with invalid, naming every missing file, unresolved
    // token and rule broken.
    task<result<model::snapshot>> finalize(manifest_place of, model::version version, model::known_names known,
        std::optional<model::resource_profile> limits);

    // Moves a version, draft or finalized, to recycle/: copies it, then deletes the seal, then the rest. Cells keep
    // their snapshots. A repeat after a failure goes on. Fails with not_found, and as `expected`, which is asked before
    // anything is done.
    using expectation = std::function<result<void>(const version_detail&)>;
    task<result<void>> recycle(manifest_place of, model::version version, expectation expected = {});

    // Copies `objects`, all there is below `from`, to where the version belongs, the seal last, and deletes them at
    // `from`. Fails with conflict when something else is there, or the version is being changed.
    task<result<void>> restore(bucket::location at, model::manifest_name manifest, model::version version,
        std::string from, std::vector<storage::object_info> objects);

private:
    task<result<stored_file>> put_with_room(manifest_place of, model::version version, model::file_path path,
        byte_source& body, std::uint64_t length, etag_check expected);
    guarded_file guarded(
        const manifest_place& of, const model::version& version, const model::file_path& path, etag_check expected);

    clock& time_;
    text_memory& texts_;
    version_guard guard_;
    key_lock files_; // by key
};

// A file of a version, draft or not, without reading it. Fails with not_found.
task<result<storage::object_info>> version_file_info(manifest_place of, model::version version, model::file_path path);

} // namespace fleetman::control
