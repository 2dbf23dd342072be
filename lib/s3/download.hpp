#pragma once

#include "session.hpp"

#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <string>

// Objects that stream out: whole, in part, and in ranges side by side.

namespace fleetman::s3 {

// A part of an object, pinned to an ETag. `length` 0: to its end.
struct part_of
{
    std::string key;
    std::string etag;
    std::uint64_t first{};
    std::uint64_t length{};
};

// A cut stream goes on at the byte that it reached, as long as the object is the same; what came altogether is checked
// against length and ETag.
task<result<storage::object_info>> download(session& on, std::string key, byte_sink& to);

// `head` gets the answer's headers, if it is not null.
task<result<storage::object_info>> download_part(
    session& on, part_of what, byte_sink& to, wire_response* head = nullptr);

// See s3_store::get_in_ranges().
task<result<storage::object_info>> download_in_ranges(session& on, storage::object_info of, byte_sink& to);

} // namespace fleetman::s3
