#pragma once

#include <fleetman/control/catalog.hpp>
#include <fleetman/control/guarded_file.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/versions.hpp>
#include <fleetman/core/bytes.hpp>

#include <optional>
#include <string>
#include <vector>

// The files of a cell that are laid over a version's when it is published to it, and their rights.

namespace fleetman::control {

struct override_file
{
    model::file_path path;
    std::uint64_t size = 0;
    std::string etag;
    wall_time modified{};
    std::optional<model::file_entry> rights;   // its entry in overrides_manifest.json
    std::optional<model::file_entry> replaces; // what the cell's manifest says about a file of this path

    // Another one whenever the content or the rights change: what If-Match is compared with.
    std::string tag() const;
};

// What to change of an override's entry; the rest stays.
struct rights_change
{
    std::optional<model::file_type> type;
    std::optional<std::string> owner;
    std::optional<std::string> group;
    std::optional<std::string> mode; // as parse_mode() returned it
};

class overrides
{
public:
    overrides(catalog& names, key_lock& locks, text_memory& texts) : names_(names), locks_(locks), texts_(texts) {}

    // In the order of their paths. An overrides manifest that cannot be understood counts as none.
    task<result<std::vector<override_file>>> list(model::cell_ref cell);

    // One of them, without its content. Fails with not_found.
    task<result<override_file>> describe(model::cell_ref cell, model::file_path path);

    // Each asks `expected` with the tag of what is there (empty: nothing) just before it changes that, and fails as it
    // does.

    // Stores exactly `length` bytes; texts and templates with LF. A path that ends with "/" is a folder, and empty.
    task<result<override_file>> put(
        model::cell_ref cell, model::file_path path, byte_source& body, std::uint64_t length, etag_check expected = {});

    // Sets rights; what was never said is taken from the file that it replaces, else from the defaults.
    task<result<override_file>> change_rights(
        model::cell_ref cell, model::file_path path, rights_change change, etag_check expected = {});

    // The file and its rights. Fails with not_found.
    task<result<void>> remove(model::cell_ref cell, model::file_path path, etag_check expected = {});

private:
    task<result<storage::put_condition>> check_tag(model::cell_ref cell, model::file_path path, etag_check expected);

    catalog& names_;
    key_lock& locks_;
    text_memory& texts_;
};

} // namespace fleetman::control
