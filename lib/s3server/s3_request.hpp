#pragma once

#include "access_keys.hpp"
#include "body_store.hpp"
#include "object_index.hpp"
#include "rows.hpp"

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/http/message.hpp>
#include <fleetman/storage/change_notices.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What every operation is given: an authenticated request in S3's terms, and the parts of the store.

namespace fleetman::s3server {

struct s3_request
{
    http::request& http;
    std::string bucket; // empty: the service itself
    std::string key;    // empty: the bucket itself

    byte_source* body{};                 // decoded
    std::optional<std::uint64_t> length; // of the decoded body
    std::string claimed_sha256;          // hex; empty: not claimed
    // Fields that followed the body; ask when it has been read to its end.
    std::function<std::vector<std::pair<std::string, std::string>>()> trailer;
    std::shared_ptr<const key_holder> who; // whose signature it bears

    // Empty when absent.
    std::string_view parameter(std::string_view name) const;
    bool has(std::string_view name) const { return http.parameter(name) != nullptr; }
    std::string_view header(std::string_view name) const { return http.header(name); }
};

struct store_parts
{
    object_index& index;
    access_keys& keys;
    body_store& bodies;
    worker_pool& workers; // for files and hashing
    clock& time;
    std::shared_ptr<storage::change_notices> notices; // may be null

    void tell(const std::string& bucket, const std::string& key) const
    {
        if (notices)
            notices->changed(bucket, key);
    }
};

using answer = task<result<http::response>>;

// 200 with an XML document.
http::response xml_answer(std::string document);

// A parameter such as max-keys, which is `most` when it is absent or larger. Fails with invalid_argument.
result<std::size_t> limit_parameter(const s3_request& asked, std::string_view name, std::size_t most);

} // namespace fleetman::s3server
