#include "faults.hpp"
#include "multipart.hpp"
#include "object_headers.hpp"
#include "operations.hpp"
#include "receive_body.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>

namespace fleetman::s3server {

namespace {

// S3 user guide, "Amazon S3 multipart upload limits".
constexpr std::size_t listed_parts = 1000;

} // namespace

task<result<upload_with_parts>> find_upload(s3_request& asked, store_parts& store, unsigned after, std::size_t limit)
{
    co_return co_await store.index.read([&](index_reader& index) -> result<upload_with_parts> {
        const std::string_view id = asked.parameter("uploadId");
        result<upload_row> upload = index.upload(id, asked.bucket, asked.key);
        if (!upload)
            return upload.error();
        result<std::vector<part_row>> parts = index.parts(id, after, limit);
        if (!parts)
            return parts.error();
        return upload_with_parts{std::move(*upload), std::move(*parts)};
    });
}

answer create_upload(s3_request& asked, store_parts& store)
{
    result<kept_headers> headers = headers_to_keep(asked);
    if (!headers)
        co_return headers.error();
    const upload_row upload{random_hex(16), 0, asked.key, store.time.now(), std::move(*headers)};
    result<void> created =
        co_await store.index.write([&](index_writer& index) { return index.create_upload(asked.bucket, upload); });
    if (!created)
        co_return created.error();
    xml_writer xml("InitiateMultipartUploadResult");
    xml.text("Bucket", asked.bucket).text("Key", asked.key).text("UploadId", upload.id);
    co_return xml_answer(xml.finish());
}

result<unsigned> part_number(const s3_request& asked)
{
    const auto number = parse_integer<unsigned>(asked.parameter("partNumber"));
    if (!number || *number < 1 || *number > most_parts)
        return make_error(fault::invalid_argument, "Part number must be an integer between 1 and 10000");
    return *number;
}

task<result<void>> keep_part(s3_request& asked, store_parts& store, part_row part)
{
    result<freed_files> written = co_await store.index.write(
        [&](index_writer& index) { return index.put_part(asked.parameter("uploadId"), part); });
    co_await remove_files(store, written ? std::move(*written) : freed_files{part.file});
    if (!written)
        co_return written.error();
    co_return result<void>();
}

answer upload_part(s3_request& asked, store_parts& store)
{
    const result<unsigned> number = part_number(asked);
    if (!number)
        co_return number.error();
    // Before the body is read: an upload that is gone should not cost its sender 5 GiB.
    result<upload_with_parts> known = co_await find_upload(asked, store, 0, 0);
    if (!known)
        co_return known.error();
    result<received_body> received = co_await receive_body(asked, store, placement::always_file);
    if (!received)
        co_return received.error();

    const part_row part{
        *number, received->size, to_hex(received->md5), store.time.now(), std::move(received->body.file)};
    result<void> kept = co_await keep_part(asked, store, part);
    if (!kept)
        co_return kept.error();
    http::response done = http::response::empty(http::status::ok);
    done.set(http::field::etag, quoted_etag(part.etag));
    co_return done;
}

answer list_parts(s3_request& asked, store_parts& store)
{
    result<std::size_t> limit = limit_parameter(asked, "max-parts", listed_parts);
    if (!limit)
        co_return limit.error();
    result<std::size_t> after =
        asked.has("part-number-marker") ? limit_parameter(asked, "part-number-marker", most_parts) : std::size_t{0};
    if (!after)
        co_return after.error();
    result<upload_with_parts> found = co_await find_upload(asked, store, static_cast<unsigned>(*after), *limit + 1);
    if (!found)
        co_return found.error();
    const bool truncated = found->parts.size() > *limit;
    found->parts.resize(std::min(found->parts.size(), *limit));

    xml_writer xml("ListPartsResult");
    xml.text("Bucket", asked.bucket).text("Key", asked.key).text("UploadId", found->upload.id);
    xml.number("PartNumberMarker", *after).number("MaxParts", *limit).flag("IsTruncated", truncated);
    if (!found->parts.empty())
        xml.number("NextPartNumberMarker", found->parts.back().number);
    for (const part_row& one : found->parts)
        xml.begin("Part")
            .number("PartNumber", one.number)
            .text("LastModified", rfc3339_millis(one.modified))
            .text("ETag", quoted_etag(one.etag))
            .number("Size", one.size)
            .end();
    co_return xml_answer(xml.finish());
}

answer abort_upload(s3_request& asked, store_parts& store)
{
    result<upload_with_parts> found = co_await find_upload(asked, store, 0, 0);
    if (!found)
        co_return found.error();
    result<freed_files> freed = co_await store.index.write(
        [&](index_writer& index) { return index.abort_upload(asked.parameter("uploadId")); });
    if (!freed)
        co_return freed.error();
    co_await remove_files(store, std::move(*freed));
    co_return http::response::empty(http::status::no_content);
}

} // namespace fleetman::s3server
