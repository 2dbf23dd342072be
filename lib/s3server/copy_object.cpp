#include "conditions.hpp"
#include "copy_source.hpp"
#include "faults.hpp"
#include "object_headers.hpp"
#include "open_object.hpp"
#include "operations.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/timestamp.hpp>

namespace fleetman::s3server {

namespace {

constexpr int link_attempts = 5;

// The source with a body of its own: the bytes, or a second name of its file.
task<result<object_row>> take_copy(s3_request& asked, store_parts& store, copy_source from)
{
    for (int attempt = 1;; ++attempt) {
        result<object_row> row = co_await store.index.read(
            [&from](index_reader& index) { return index.object(from.bucket, from.key, true); });
        if (!row)
            co_return row.error();
        if (result<void> sound = check_sound(*row); !sound)
            co_return sound.error();
        if (judge_read(asked, *row, "x-amz-copy-source-") != verdict::go_on)
            co_return make_error(fault::precondition_failed);
        if (row->body.file.empty())
            co_return row;
        result<std::string> second =
            co_await store.workers.run([&store, &row] { return store.bodies.duplicate(row->body.file); });
        if (second) {
            row->body.file = std::move(*second);
            co_return row;
        }
        // Replaced between the two steps: look again.
        if (second.error().code() != errc::not_found || attempt == link_attempts)
            co_return second.error();
    }
}

} // namespace

answer copy_object(s3_request& asked, store_parts& store)
{
    result<copy_source> from = source_of(asked);
    if (!from)
        co_return from.error();
    const bool replace = asked.header("x-amz-metadata-directive") == "REPLACE";
    if (!replace && from->bucket == asked.bucket && from->key == asked.key)
        co_return make_error(fault::invalid_request,
            "This copy request is illegal because it is trying to copy an object to itself without changing its "
            "metadata");
    result<kept_headers> headers = headers_to_keep(asked);
    if (!headers)
        co_return headers.error();
    result<write_condition> when = condition_of_write(asked);
    if (!when)
        co_return when.error();

    result<object_row> object = co_await take_copy(asked, store, *from);
    if (!object)
        co_return object.error();
    object->key = asked.key;
    object->modified = store.time.now();
    if (replace)
        object->headers = std::move(*headers);
    result<freed_files> written =
        co_await store.index.write([&](index_writer& index) { return index.put_object(asked.bucket, *object, *when); });
    if (!written) {
        if (!object->body.file.empty())
            co_await remove_files(store, {object->body.file});
        co_return written.error();
    }
    store.tell(asked.bucket, asked.key);
    co_await remove_files(store, std::move(*written));
    xml_writer xml("CopyObjectResult");
    xml.text("LastModified", rfc3339_millis(object->modified)).text("ETag", quoted_etag(object->etag));
    co_return xml_answer(xml.finish());
}

} // namespace fleetman::s3server
