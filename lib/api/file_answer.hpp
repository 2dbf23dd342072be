#pragma once

#include <fleetman/api/request_context.hpp>
#include <fleetman/control/guarded_file.hpp>
#include <fleetman/control/services.hpp>
#include <fleetman/core/spool.hpp>
#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <memory>
#include <string>

// File contents in and out: raw bytes, streamed, with the object's own ETag.

namespace fleetman::api {

struct download
{
    std::shared_ptr<storage::object_store> store;
    storage::object_info info;
    std::string etag; // what the client is told; empty: the object's
};

// The object as the answer's body; a part of it in answer to Range (RFC 9110 section 14, with If-Range), 304 when the
// client has it, 416 when the part does not exist.
http::response send_object(const request_context& ctx, control::services& app, download what);

// A body to store, and its length.
struct upload
{
    byte_source* body{};
    std::uint64_t length{};
    std::shared_ptr<void> kept; // what `body` needs
};

// The request's body. One of unknown length (chunked) is received to its end first, on disk. Fails with too_large past
// the configured limit, unavailable when too many such uploads are under way.
task<result<upload>> receive_upload(request_context ctx, control::services& app);

// If-Match, for when the file is replaced; empty when the request has none.
control::etag_check expected_etag(request_context ctx);

} // namespace fleetman::api
