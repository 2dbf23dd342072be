#pragma once

#include "json_fields.hpp"

#include <fleetman/model/manifest.hpp>

#include <vector>

// The parts of a manifest that more than one document has.

namespace fleetman::model {

// One of `files`, as in a manifest, a snapshot and an overrides manifest.
std::optional<file_entry> read_file_entry(
    const boost::json::value& value, std::string path, std::vector<field_error>& violations);

std::vector<file_entry> read_files(json_fields& fields, std::vector<field_error>& violations);

boost::json::object to_json(const file_entry& value);

// A manifest's own fields. `bucket` says whether its connection must be named: an agent knows it already.
manifest read_manifest(json_fields& fields, need bucket, std::vector<field_error>& violations);

} // namespace fleetman::model
