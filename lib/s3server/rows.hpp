#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/secret.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What the index knows, as values.

namespace fleetman::s3server {

// Header fields that are kept with an object and given back: content type, user metadata and their like; lower case.
using kept_headers = std::vector<std::pair<std::string, std::string>>;

// Where a body is: in memory on its way into or out of the index when it is small, else in a file.
struct stored_body
{
    std::string bytes;
    std::string file; // its name; empty: `bytes` is the body
};

struct bucket_row
{
    std::int64_t id{};
    std::string name;
    wall_time created{};
};

struct object_row
{
    std::string key;
    std::uint64_t size{};
    std::string etag; // without quotes
    wall_time modified{};
    kept_headers headers;
    std::string sha256; // hex; empty when not known
    stored_body body;
    bool damaged = false; // the body was found to be other than what was put
};

// An object as whoever looks through all bodies sees it. Where its body is, its ETag and its
// time tell it from one that was put since.
struct kept_body
{
    std::int64_t bucket_id{};
    std::string bucket;
    std::string key;
    std::uint64_t size{};
    std::string etag;
    wall_time modified{};
    std::string sha256;                // hex; empty when not known
    std::optional<std::int64_t> small; // numbers that are free are used again
    std::string file;                  // empty, and `small` too: there is none, as the object is empty
    bool damaged = false;
};

// Where looking through has got to.
struct body_position
{
    std::int64_t bucket_id{};
    std::string key;
};

// An object in a listing.
struct listed_object
{
    std::string key;
    std::uint64_t size{};
    std::string etag;
    wall_time modified{};
};

struct upload_row
{
    std::string id;
    std::int64_t bucket{};
    std::string key;
    wall_time created{};
    kept_headers headers;
};

struct upload_position
{
    std::string key;
    std::string id;
};

struct part_row
{
    unsigned number{};
    std::uint64_t size{};
    std::string etag;
    wall_time modified{};
    std::string file;
};

struct access_key_row
{
    std::string id;
    secret secret_key;
    std::string bucket; // its name
    std::string note;
    std::vector<std::string> rights;
    wall_time created{};
};

// What must be true of a key for a write to take effect.
struct write_condition
{
    bool must_be_absent = false;
    std::string etag; // empty: any

    bool none() const { return !must_be_absent && etag.empty(); }
};

// Files that nothing refers to any more, for the caller to remove.
using freed_files = std::vector<std::string>;

} // namespace fleetman::s3server
