#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/control/catalog.hpp>
#include <fleetman/control/guarded_file.hpp>
#include <fleetman/control/operations.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The objects of a bucket as they are, below the prefix of the connection and never outside: for looking into what
// Fleetman wrote, for staging/, and for mending by hand. No rule of versions or cells holds here.

namespace fleetman::control {

// The name of an object below the connection's prefix: 1 or more bytes of UTF-8 without a control character and without
// the parts "." and "..", so that neither a proxy nor a browser makes another of it. S3 allows 1024 bytes with the
// prefix.
class object_name
{
public:
    // Fails with invalid.
    static result<object_name> parse(std::string_view text, const bucket::location& at);

    const std::string& str() const noexcept { return text_; }
    const std::string& key() const noexcept { return key_; } // with the prefix

private:
    object_name(std::string text, std::string key) : text_(std::move(text)), key_(std::move(key)) {}
    std::string text_;
    std::string key_;
};

// What to list: names that begin with `prefix`; with `by_folder` what lies below a further "/" is one entry.
struct browse_query
{
    std::string prefix;
    bool by_folder = false;
    std::string after; // the name of an entry
    std::size_t limit = 100;
};

struct browsed_entry
{
    std::string name; // of an object, or of a folder: then it ends with "/"
    bool folder = false;
    std::uint64_t size = 0;
    std::string etag;
    wall_time modified{};
};

struct browsed_page
{
    std::vector<browsed_entry> entries; // in the order of their names
    bool more = false;
};

task<result<browsed_page>> browse(bucket::location at, browse_query query);

// Fails with not_found.
task<result<storage::object_info>> find_object(bucket::location at, object_name name);

// What a folder holds, to be looked at before it is deleted.
struct folder_contents
{
    std::uint64_t objects = 0;
    std::uint64_t size = 0;         // bytes
    std::vector<std::string> first; // the names of the first few
};

inline constexpr std::size_t shown_of_folder = 100;

// `folder` ends with "/".
task<result<folder_contents>> survey_folder(bucket::location at, object_name folder);

// Deletes all of it, page by page. A repeat after a failure goes on. Fails with not_found when nothing is there.
task<result<void>> delete_folder(bucket::location at, object_name folder);

// The same as an operation's step, whose "cell" is "connection/folder/"; it goes on after a restart.
inline constexpr std::string_view delete_folder_kind = "delete-folder";
task<result<void>> perform_delete_folder(catalog& names, operation_step step);

} // namespace fleetman::control
