#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/sigv4/encoding.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// One S3 operation before it is signed: what the caller means, in decoded form.

namespace fleetman::s3 {

struct operation
{
    std::string doing; // "put cells/web.json": how messages begin
    std::string method;
    std::string key; // empty: the bucket itself
    sigv4::query_parameters query;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    byte_source* source = nullptr; // instead of `body`
    std::uint64_t source_length = 0;
    bool not_modified_is_an_answer = false;   // 304 is what If-None-Match asked for
    bool body_may_hold_error = false;         // a 200 can still be a failure (CopyObject)
    const std::uint64_t* delivered = nullptr; // how much of the answer a sink has taken: once it has, no repeating
    bool may_have_applied = false;            // told to the caller: it was sent before, and that answer was lost
};

} // namespace fleetman::s3
