#pragma once

#include <fleetman/control/recycle_bin.hpp>

#include <optional>
#include <string>
#include <string_view>

// How items of a recycle bin are named, in the bucket and in the API. Pure.

namespace fleetman::control {

// "main:recycle:billing-v1.4.0-20260105-100000-123": the connection and the folder below its prefix, with ":" for "/".
std::string recycled_id(const model::bucket_name& bucket, std::string_view folder);

// Its parts, checked: no part is empty or a dot segment, and there are as many as a folder of its kind has.
struct recycled_place
{
    model::bucket_name bucket;
    recycled_kind kind{};
    std::string folder; // below the prefix, ends with "/"
};
std::optional<recycled_place> parse_recycled_id(std::string_view id);

// What a folder below the prefix ("recycle/billing-v1.4.0-<stamp>/…") holds. Nothing for what is in no item's folder.
std::optional<recycled_place> recycled_place_of(const model::bucket_name& bucket, std::string_view key_below_prefix);

// The item that a folder's name tells, without what only its objects tell.
recycled_item recycled_item_of(const recycled_place& place, const std::string& root);

} // namespace fleetman::control
