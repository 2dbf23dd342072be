#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/sigv4/encoding.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// One S3 operation before it is signed: what the caller means, in decoded form.

namespace fleetman::s3 {

struct operation
{
    std::string doing; // "put cells/web.json": how messages begin
    std::string method;
    std::string key;      // empty: the bucket itself
    std::string bucket{}; // empty: the connection's
    sigv4::query_parameters query{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    byte_source* source = nullptr; // instead of `body`
    std::uint64_t source_length = 0;
    milliseconds patience{0};                 // beyond the usual, for work that takes the store long before it answers
    bool conditional = false;                 // a write that stores may not know how to make
    bool not_modified_is_an_answer = false;   // 304 is what If-None-Match asked for
    bool body_may_hold_error = false;         // a 200 can still be a failure (CopyObject)
    std::string_view answer_root{};           // of the XML that a success has; empty: none is due
    const std::uint64_t* delivered = nullptr; // how much a sink has taken: once more than before, no repeating
    std::uint64_t delivered_before = 0;
    bool may_have_applied = false; // told to the caller: it was sent before, and that answer was lost
    bool judged = false;           // it has ended by itself, not by the clock
};

} // namespace fleetman::s3
