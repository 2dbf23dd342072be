#pragma once

#include <fleetman/agent/contents.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/host/descriptor.hpp>

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

// Files of a new version that a release on disk has already: copied from there rather than downloaded. A service may
// have written to its files, so every byte is hashed on the way. Never a hard link, which would share mode, owner and
// content with the release that runs.

namespace fleetman::agent {

class reusable_files
{
public:
    reusable_files() = default; // nothing is at hand

    // `releases` are of `layout`, the newest last: it is looked into first.
    reusable_files(const cell_layout& layout, const std::vector<release_record>& releases);

    // Whether copy() has anything to try.
    bool offers(const content_file& file) const { return by_content_.contains(key_of(file)); }

    // Fills `into`, a new empty file, and returns the SHA-256 of what it has then. Nothing when no release has such a
    // file, or none has it any more as it was downloaded: `into` is empty then. `give_up` is asked now and then; once
    // it says yes nothing is returned. Blocks.
    std::optional<std::string> copy(
        const content_file& file, const host::descriptor& into, const std::function<bool()>& give_up) const;

private:
    struct source
    {
        std::string release;
        std::string path;
        std::string sha256;
    };

    void add(const release_record& release);
    static std::string key_of(const content_file& file);

    std::filesystem::path releases_;
    std::unordered_map<std::string, std::vector<source>> by_content_; // "etag size" or a SHA-256
};

// Whether two objects with this ETag and the same size have the same bytes, whatever their keys: an MD5, or the MD5 of
// the parts' MD5s. Other ETags are a store's own affair.
bool tells_content(std::string_view etag);

} // namespace fleetman::agent
