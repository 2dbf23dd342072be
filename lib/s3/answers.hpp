#pragma once

#include "operation.hpp"

#include <fleetman/s3/transport.hpp>
#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What several operations read from the headers of an answer.

namespace fleetman::s3 {

// `received`: the body's length when no header tells it, as in a chunked answer.
storage::object_info info_of(const wire_response& answer, std::string key, std::uint64_t received);

// The size of the whole of which bytes `first` to `last` came ("bytes 0-9/10", RFC 9110 section 14.4); nothing when
// others did.
std::optional<std::uint64_t> whole_size(std::string_view content_range, std::uint64_t first, std::uint64_t last);

error damaged(const operation& what, std::string_view how);
error another_part(const operation& what, const std::string& content_range);

} // namespace fleetman::s3
