#include "conditions.hpp"
#include "faults.hpp"
#include "object_headers.hpp"
#include "open_object.hpp"
#include "operations.hpp"
#include "receive_body.hpp"
#include "utf8.hpp"

#include <fleetman/core/digest.hpp>

namespace fleetman::s3server {

namespace {

constexpr std::size_t longest_key = 1024;

decltype(http::response::body) part_of(readable_object found, const byte_range& range)
{
    if (found.file)
        return http::file_body{std::move(found.file), range.first, range.length};
    if (range.length == found.row.size)
        return std::move(found.row.body.bytes);
    return found.row.body.bytes.substr(range.first, range.length);
}

http::response object_answer(readable_object found, const byte_range& range, bool partial, const s3_request& asked)
{
    http::response reply = http::response::empty(http::status::ok);
    describe_object(reply, found.row, asked);
    if (partial) {
        reply.code = http::status::partial_content;
        reply.set(http::field::content_range, "bytes " + std::to_string(range.first) + "-" +
                                                  std::to_string(range.first + range.length - 1) + "/" +
                                                  std::to_string(found.row.size));
    }
    if (asked.http.method == http::verb::head)
        reply.set(http::field::content_length, std::to_string(range.length));
    else
        reply.body = part_of(std::move(found), range);
    return reply;
}

} // namespace

result<void> check_key(std::string_view key)
{
    if (key.size() > longest_key)
        return make_error(fault::key_too_long);
    if (key.find('\0') != std::string_view::npos || !is_utf8(key))
        return make_error(fault::invalid_argument, "The key is not UTF-8 text");
    return {};
}

task<void> remove_files(store_parts& store, freed_files names)
{
    if (names.empty())
        co_return;
    co_await store.workers.run([&store, &names] {
        store.bodies.remove(names);
        return true;
    });
}

answer put_object(s3_request& asked, store_parts& store)
{
    result<kept_headers> headers = headers_to_keep(asked);
    if (!headers)
        co_return headers.error();
    result<write_condition> when = condition_of_write(asked);
    if (!when)
        co_return when.error();
    result<received_body> received = co_await receive_body(asked, store, placement::by_size);
    if (!received)
        co_return received.error();

    const object_row object{asked.key, received->size, to_hex(received->md5), store.time.now(), std::move(*headers),
        received->sha256, std::move(received->body)};
    result<freed_files> written =
        co_await store.index.write([&](index_writer& index) { return index.put_object(asked.bucket, object, *when); });
    if (!written) {
        if (!object.body.file.empty())
            co_await remove_files(store, {object.body.file});
        co_return written.error();
    }
    store.tell(asked.bucket, asked.key);
    co_await remove_files(store, std::move(*written));
    http::response done = http::response::empty(http::status::ok);
    done.set(http::field::etag, quoted_etag(object.etag));
    co_return done;
}

answer get_object(s3_request& asked, store_parts& store)
{
    const wanted_body body = asked.http.method == http::verb::get ? wanted_body::open : wanted_body::none;
    result<readable_object> found = co_await open_object(store, asked.bucket, asked.key, body);
    if (!found)
        co_return found.error();
    switch (judge_read(asked, found->row)) {
    case verdict::failed: co_return make_error(fault::precondition_failed);
    case verdict::not_modified: {
        http::response same = http::response::empty(http::status::not_modified);
        same.set(http::field::etag, quoted_etag(found->row.etag));
        co_return same;
    }
    case verdict::go_on: break;
    }
    result<std::optional<byte_range>> range = range_of(asked.header("range"), found->row.size);
    if (!range)
        co_return range.error();
    const byte_range wanted = range->value_or(byte_range{0, found->row.size});
    co_return object_answer(std::move(*found), wanted, range->has_value(), asked);
}

answer delete_object(s3_request& asked, store_parts& store)
{
    result<freed_files> removed = co_await store.index.write(
        [&asked](index_writer& index) { return index.remove_object(asked.bucket, asked.key); });
    if (!removed)
        co_return removed.error();
    store.tell(asked.bucket, asked.key);
    co_await remove_files(store, std::move(*removed));
    co_return http::response::empty(http::status::no_content);
}

} // namespace fleetman::s3server
