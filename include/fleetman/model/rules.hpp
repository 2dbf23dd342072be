#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/model/documents.hpp>
#include <fleetman/model/manifest.hpp>

#include <set>
#include <string>
#include <vector>

// What must hold when a manifest or an override is saved through us (interop.md, "Rules on save"). Pure: every
// violation at once, each with the dotted path of its field.

namespace fleetman::model {

// What a manifest refers to: the names that exist.
struct known_names
{
    std::set<std::string> buckets;
    std::set<std::string> resource_profiles; // without `unlimited`, which always exists
};

std::vector<field_error> violations(const manifest& value, const known_names& known);
std::vector<field_error> violations(const overrides_manifest& value);

// Duplicate paths, and `a` beside `a/b`, which no file system can hold.
std::vector<field_error> path_conflicts(const std::vector<file_entry>& files);

} // namespace fleetman::model
