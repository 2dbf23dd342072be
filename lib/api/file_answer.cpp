#include "file_answer.hpp"

#include <fleetman/bucket/transfer.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/http/byte_range.hpp>

#include <optional>
#include <utility>

namespace fleetman::api {

using http::byte_range;
using http::field;
using http::status;

namespace {

// Whether the client's copy, of which it wants more, is of what is here now. Only a strong tag or the very date tell.
bool if_range_holds(std::string_view condition, const std::string& etag, const std::string& last_modified)
{
    return condition.empty() || condition == '"' + etag + '"' || condition == last_modified;
}

byte_range wanted_range(const request_context& ctx, const download& what)
{
    const http::request& asked = ctx.request();
    if (asked.method != http::verb::get ||
        !if_range_holds(asked.header(field::if_range), what.etag, http_date(what.info.last_modified)))
        return {};
    return http::parse_range(asked.header(field::range), what.info.size);
}

http::response send_whole(http::response answer, bool with_body, control::services& app, download what)
{
    const std::uint64_t size = what.info.size;
    std::shared_ptr<byte_source> body = std::make_shared<string_source>("");
    if (with_body)
        body = bucket::read_stream(app.downloads, app.executor, {std::move(what.store), what.info.key});
    answer.body = http::stream_body{std::move(body), size};
    return answer;
}

http::response send_part(http::response answer, byte_range part, control::services& app, download what)
{
    answer.code = status::partial_content;
    answer.set(field::content_range, "bytes " + std::to_string(part.first) + '-' +
                                         std::to_string(part.first + part.length - 1) + '/' +
                                         std::to_string(what.info.size));
    answer.body =
        http::stream_body{bucket::read_stream(app.downloads, app.executor, {std::move(what.store), what.info.key},
                              bucket::object_part{what.info.etag, part.first, part.length}),
            part.length};
    return answer;
}

http::response no_such_part(const request_context& ctx, std::uint64_t size)
{
    return ctx.problem(status::range_not_satisfiable, "the file has " + std::to_string(size) + " bytes")
        .set(field::content_range, "bytes */" + std::to_string(size));
}

} // namespace

http::response send_object(const request_context& ctx, control::services& app, download what)
{
    if (what.etag.empty())
        what.etag = what.info.etag;
    const bool known = ctx.knows_etag(what.etag);
    http::response answer = http::response::empty(known ? status::not_modified : status::ok);
    answer.set(field::etag, '"' + what.etag + '"');
    answer.set(field::last_modified, http_date(what.info.last_modified));
    if (known)
        return answer;
    // Whatever the file is, a browser that is led here saves it instead of showing it.
    answer.set(field::content_type, "application/octet-stream");
    answer.set(field::content_disposition, "attachment");
    answer.set(field::accept_ranges, "bytes");
    const byte_range range = wanted_range(ctx, what);
    if (range.what == byte_range::kind::unsatisfiable)
        return no_such_part(ctx, what.info.size);
    if (range.what == byte_range::kind::part)
        return send_part(std::move(answer), range, app, std::move(what));
    return send_whole(std::move(answer), ctx.request().method == http::verb::get, app, std::move(what));
}

namespace {

error too_large(std::uint64_t most)
{
    return {
        errc::too_large, "uploads may have up to " + std::to_string(most) + " bytes (web_console.upload_max_bytes)"};
}

// Passes on up to a limit.
class limited_sink final : public byte_sink
{
public:
    limited_sink(byte_sink& to, std::uint64_t most) : to_(to), most_(most) {}

    task<result<void>> write(std::string_view chunk) override
    {
        taken_ += chunk.size();
        if (taken_ > most_)
            co_return too_large(most_);
        co_return co_await to_.write(chunk);
    }

private:
    byte_sink& to_;
    std::uint64_t most_;
    std::uint64_t taken_ = 0;
};

struct received
{
    std::shared_ptr<void> place; // one of the few
    std::unique_ptr<spool> body;
};

task<result<upload>> receive_whole(request_context ctx, control::services& app, std::uint64_t most)
{
    const auto whole = std::make_shared<received>();
    whole->place = app.uploads.enter();
    if (!whole->place)
        co_return error(errc::unavailable, "too many uploads that do not say their length are under way; say it "
                                           "(Content-Length), or repeat this later");
    auto made = spool::make(app.workers);
    if (!made)
        co_return made.error();
    whole->body = std::move(*made);
    limited_sink bounded(*whole->body, most);
    const auto got = co_await copy_bytes(*ctx.request().body, bounded);
    if (!got)
        co_return got.error();
    spool* const body = whole->body.get();
    co_return upload{body, body->size(), whole};
}

} // namespace

task<result<upload>> receive_upload(request_context ctx, control::services& app)
{
    const http::request& asked = ctx.request();
    const std::uint64_t most = app.names.config().console.upload_max_bytes;
    if (!asked.content_length && !asked.header(field::transfer_encoding).empty())
        co_return co_await receive_whole(ctx, app, most);
    const std::uint64_t length = asked.content_length.value_or(0);
    if (length > most)
        co_return too_large(most);
    co_return upload{asked.body, length, nullptr};
}

control::etag_check expected_etag(request_context ctx)
{
    if (ctx.request().header(field::if_match).empty())
        return {};
    return [ctx](std::string_view etag) { return ctx.unchanged_etag(etag); };
}

} // namespace fleetman::api
