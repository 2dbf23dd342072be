#pragma once

#include <fleetman/api/request_context.hpp>
#include <fleetman/control/services.hpp>
#include <fleetman/storage/object_store.hpp>

#include <memory>

// File contents in and out: raw bytes, streamed, with the object's own ETag.

namespace fleetman::api {

// The object as the answer's body; 304 when the client has it.
http::response send_object(const request_context& ctx, control::services& app,
    std::shared_ptr<storage::object_store> store, const storage::object_info& info);

// How many bytes the client will send. Fails with invalid when it does not say (chunked), too_large past the configured
// limit.
result<std::uint64_t> upload_length(const request_context& ctx, const control::services& app);

} // namespace fleetman::api
