#pragma once

#include <fleetman/agent/contents.hpp>
#include <fleetman/agent/layout.hpp>
#include <fleetman/agent/record.hpp>
#include <fleetman/core/descriptor.hpp>
#include <fleetman/model/tokens.hpp>

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

// Files of a new version that a release on disk has already: copied from there rather than downloaded. A service may
// have written to its files, so every byte is hashed on the way. Never a hard link, which would share mode, owner and
// content with the release that runs. A file whose tokens were replaced counts as the one that it was made of, as long
// as they stand for the same.

namespace fleetman::agent {

struct copied_file
{
    std::string sha256;            // of what the store has
    std::string rendered_sha256{}; // of the copy, when its tokens are replaced already
    bool operator==(const copied_file&) const = default;
};

class reusable_files
{
public:
    reusable_files() = default; // nothing is at hand

    // `releases` are of `layout`, the newest last: it is looked into first. `tokens`: tokens_digest() of what tokens
    // stand for now.
    reusable_files(const cell_layout& layout, const std::vector<release_record>& releases, std::string tokens = {});

    // Whether copy() has anything to try.
    bool offers(const content_file& file) const { return !sources_of(file).empty(); }

    // Fills `into`, a new empty file. Nothing when no release has such a file, or none has it any more as it was made:
    // `into` is empty then. `give_up` is asked now and then; once it says yes nothing is returned. Blocks.
    std::optional<copied_file> copy(
        const content_file& file, const descriptor& into, const std::function<bool()>& give_up) const;

private:
    struct source
    {
        std::string release;
        std::string path;
        copied_file content;
    };

    void add(const release_record& release);
    std::vector<source> sources_of(const content_file& file) const;

    std::filesystem::path releases_;
    std::string tokens_;
    std::unordered_map<std::string, std::vector<source>> by_content_; // "etag size" or a SHA-256
};

// The same for all texts in which tokens stand for the same.
std::string tokens_digest(const model::token_values& tokens);

// Whether two objects with this ETag and the same size have the same bytes, whatever their keys: an MD5, or the MD5 of
// the parts' MD5s. Other ETags are a store's own affair.
bool tells_content(std::string_view etag);

} // namespace fleetman::agent
