#pragma once

#include <fleetman/control/browsing.hpp>
#include <fleetman/control/cells.hpp>
#include <fleetman/control/cleanup.hpp>
#include <fleetman/control/operations.hpp>
#include <fleetman/control/overrides.hpp>
#include <fleetman/control/preview.hpp>
#include <fleetman/control/recycle_bin.hpp>
#include <fleetman/control/store_check.hpp>
#include <fleetman/control/version_diff.hpp>
#include <fleetman/control/versions.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

// The JSON of every answer (static/openapi.json says the same in its words). Names are interop.md's where it has one.

namespace fleetman::api {

// Credentials are write-only: the secret is null, and of the access key the last four characters show.
boost::json::object to_json(const model::bucket_name& name, const config::bucket_connection& value);
boost::json::object to_json(const control::store_check& value);
boost::json::object to_json(const control::litter& value);
boost::json::object to_json(const control::browsed_entry& value);
boost::json::object to_json(const control::folder_contents& value, const control::object_name& folder);
boost::json::object to_json(const model::profile_name& name, const model::resource_profile& value);
boost::json::object to_json(const model::manifest_name& name, const model::manifest& value);

boost::json::object to_json(const control::version_summary& value);
boost::json::object to_json(const control::version_detail& value);
boost::json::object to_json(const control::stored_file& value, const model::file_path& path);

// What PATCH can change of a cell.
boost::json::object editable(const model::cell_ref& cell, const config::cell& value);
boost::json::object to_json(const control::cell_version& value);
boost::json::object to_json(const control::cell_snapshot& value);
boost::json::object to_json(const control::compared_file& value);
boost::json::object to_json(const control::cell_preview& value);
boost::json::object to_json(const model::deployment_status& value);
boost::json::object to_json(const control::override_file& value);

boost::json::object to_json(const control::operation& value);
boost::json::object to_json(const control::recycled_item& value);

std::string shown_access_key(std::string_view access_key);

} // namespace fleetman::api
