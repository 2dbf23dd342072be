#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <vector>

// What a broken or malicious client sends: made from the schemas of the API's description, so that a new field is tried
// as soon as it is described.

namespace fleetman::testing {

// A value that a schema allows: its example where it has one. Of an object's members the required ones, or all.
boost::json::value example_of(const boost::json::value& document, const boost::json::object& schema, bool whole);

struct hostile_body
{
    std::string text;
    std::string content_type = "application/json";
};

// Bodies around one that the schema allows: each member, however deep, missing, of every other type, out of bounds,
// with control characters and paths that climb; and what is no JSON, or no object.
std::vector<hostile_body> hostile_bodies(const boost::json::value& document, const boost::json::object& schema);

// Segments of a path, percent-encoded.
std::vector<std::string> hostile_segments();
// Values of query parameters, percent-encoded.
std::vector<std::string> hostile_parameters();
// Values of header fields.
std::vector<std::string> hostile_fields();

} // namespace fleetman::testing
