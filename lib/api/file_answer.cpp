#include "file_answer.hpp"

#include <fleetman/api/problem.hpp>
#include <fleetman/bucket/transfer.hpp>
#include <fleetman/core/timestamp.hpp>

namespace fleetman::api {

using http::field;
using http::status;

http::response send_object(const request_context& ctx, control::services& app,
    std::shared_ptr<storage::object_store> store, const storage::object_info& info)
{
    const bool known = ctx.knows_etag(info.etag);
    http::response answer = http::response::empty(known ? status::not_modified : status::ok);
    answer.set(field::etag, '"' + info.etag + '"');
    answer.set(field::last_modified, http_date(info.last_modified));
    if (known)
        return answer;
    // Whatever the file is, a browser that is led here saves it instead of showing it.
    answer.set(field::content_type, "application/octet-stream");
    answer.set(field::content_disposition, "attachment");
    if (ctx.request().method == http::verb::get)
        answer.body = http::stream_body{
            bucket::read_stream(app.downloads, app.executor, {std::move(store), info.key}), info.size};
    else
        answer.body = http::stream_body{std::make_shared<string_source>(""), info.size};
    return answer;
}

result<std::uint64_t> upload_length(const request_context& ctx, const control::services& app)
{
    const std::optional<std::uint64_t> length = ctx.request().content_length;
    const std::uint64_t most = app.names.config().console.upload_max_bytes;
    if (!length && !ctx.request().header(field::transfer_encoding).empty())
        return refusal(status::length_required, "an upload must say its length (Content-Length)");
    if (length.value_or(0) > most)
        return error(errc::too_large,
            "uploads may have up to " + std::to_string(most) + " bytes (web_console.upload_max_bytes)");
    return length.value_or(0);
}

} // namespace fleetman::api
