#pragma once

#include <fleetman/control/catalog.hpp>
#include <fleetman/control/editing.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/operations.hpp>
#include <fleetman/control/versions.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What was deleted and can come back: versions under recycle/, cells under cell_recycle/, of every bucket connection.

namespace fleetman::control {

enum class recycled_kind
{
    version,
    cell
};

std::string_view to_string(recycled_kind value); // "version", "cell"

struct recycled_item
{
    std::string id; // opaque, without "/"; the same for as long as the item is there
    model::bucket_name bucket;
    recycled_kind kind{};
    std::string folder;       // its keys' prefix
    std::string below_prefix; // the same without the connection's prefix
    // Of a version; nothing when the folder's name is none that we would have given.
    std::optional<model::manifest_name> manifest;
    std::optional<model::version> version;
    std::optional<model::cell_ref> cell; // of a cell
    wall_time deleted{};                 // when its newest object was copied there
    std::size_t objects = 0;
    std::uint64_t size = 0; // of all objects, in bytes
};

class recycle_bin
{
public:
    recycle_bin(catalog& names, operation_registry& operations, control::versions& versions, key_lock& locks);

    // Newest first. Fails when one of the buckets does not answer.
    task<result<std::vector<recycled_item>>> list();

    // Fails with not_found, likewise the functions below.
    task<result<recycled_item>> find(std::string id);

    // Puts an item back where it was, and takes it out of the bin. `expected` is asked before anything is done. Of a
    // version the files, then the seal if it had one; of a cell the files, the entry in the configuration, and the
    // trigger last, with the bell: the agent deploys it again. Fails with conflict unless there is nothing at its place
    // (what an earlier attempt left there does not count, so that a repeat after a failure ends well), or when a cell's
    // manifest is gone.
    task<result<recycled_item>> restore(std::string id, expectation<recycled_item> expected = {});

    // For good. `expected` is asked before anything is done.
    task<result<void>> remove(std::string id, expectation<recycled_item> expected = {});

    // All items for good: an operation whose "cells" are their ids.
    task<result<operation>> clear(actor who);

private:
    task<result<void>> restore_version(recycled_item one);
    task<result<void>> restore_cell(recycled_item one);
    task<result<void>> restore_trigger(cell_place place, recycled_item one);
    task<result<void>> remove_again(operation_step step);

    catalog& names_;
    operation_registry& operations_;
    control::versions& versions_;
    key_lock& locks_;
    key_lock items_; // by id: nothing is deleted while it is being restored
};

} // namespace fleetman::control
